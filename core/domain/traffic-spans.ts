import { DAY_MS, HOUR_MS, MINUTE_MS } from './times.ts';

/** From `from` to before `until`, milliseconds since the epoch. */
export interface TimeRange {
  from: number;
  until: number;
}

export const TRAFFIC_UNITS = ['minute', 'hour', 'day'] as const;
export type TrafficUnit = (typeof TRAFFIC_UNITS)[number];

export interface TrafficSpan extends TimeRange {
  /** Which of traffic_minute, traffic_hour and traffic_day tells what happened in it. */
  unit: TrafficUnit;
}

/** A span whose calls are added, or taken away from those of its day. */
export interface SignedSpan extends TrafficSpan {
  sign: 1 | -1;
}

/** What hours and days are not to be read for, because they are about to be made anew. */
export interface TrafficState {
  /** Beginnings of hours with calls that hours and days may not have yet. */
  touchedHours: ReadonlySet<number>;
  /** Minutes before are gone; hours before are complete as they are. */
  minutesFrom: number;
}

/** The range as minutes can tell it, or hours where minutes are gone: what begins within it is in it. */
export function alignedRange({ from, until }: TimeRange, { minutesFrom }: TrafficState): TimeRange {
  const unitAt = (time: number) => (time < minutesFrom ? HOUR_MS : MINUTE_MS);
  return {
    from: from - (from % unitAt(from)),
    until: Math.ceil(until / unitAt(until)) * unitAt(until),
  };
}

/**
 * Splits a range into spans, each read from the coarsest table that is complete for it, so that every call counts once
 * however far the making of hours and days lags behind.
 * @param range from `alignedRange`
 * @param coarsest what the answer tells apart: a table of hours knows no minutes
 */
export function trafficSpans(range: TimeRange, state: TrafficState, coarsest: TrafficUnit): TrafficSpan[] {
  const spans: TrafficSpan[] = [];
  for (let at = range.from; at < range.until; ) {
    const span = spanAt(at, range, state, coarsest);
    const last = spans.at(-1);
    if (last?.unit === span.unit) last.until = span.until;
    else spans.push(span);
    at = span.until;
  }
  return spans;
}

/**
 * The same calls where a whole day costs no more than an hour of it, as merged histograms do: the day less its other hours,
 * wherever these are fewer than those of the range.
 * @param range from `alignedRange`
 * @param hoursFrom hours before are gone
 */
export function trafficSpansByDay(range: TimeRange, state: TrafficState, hoursFrom: number): SignedSpan[] {
  const spans: SignedSpan[] = [];
  for (let day = range.from - (range.from % DAY_MS); day < range.until; day += DAY_MS) {
    const ofDay = { from: Math.max(range.from, day), until: Math.min(range.until, day + DAY_MS) };
    const added = trafficSpans(ofDay, state, 'day').map(asAdded);
    for (const span of day >= hoursFrom && isSumOfHours(day, state) ? shortestSpans(day, added) : added) {
      const last = spans.at(-1);
      if (last?.unit === span.unit && last.sign === span.sign && last.until === span.from) last.until = span.until;
      else spans.push(span);
    }
  }
  return spans;
}

export function asAdded(span: TrafficSpan): SignedSpan {
  return { ...span, sign: 1 };
}

/** Whether a day, made or not, has what its hours have: calls that come after their minutes are in hours first. */
function isSumOfHours(day: number, state: TrafficState): boolean {
  return !isTouched({ from: day, until: Math.min(day + DAY_MS, state.minutesFrom) }, state);
}

function shortestSpans(day: number, added: SignedSpan[]): SignedSpan[] {
  const hours = added.filter(({ unit }) => unit === 'hour');
  const others = gapsOf({ from: day, until: day + DAY_MS }, hours);
  if (lengthOf(others) >= lengthOf(hours)) return added;
  return [
    { unit: 'day', from: day, until: day + DAY_MS, sign: 1 },
    ...others.map((gap): SignedSpan => ({ ...gap, unit: 'hour', sign: -1 })),
    ...added.filter(({ unit }) => unit === 'minute'),
  ];
}

function gapsOf({ from, until }: TimeRange, spans: readonly TimeRange[]): TimeRange[] {
  const begins = [from, ...spans.map((span) => span.until)];
  return begins
    .map((begin, index) => ({ from: begin, until: spans[index]?.from ?? until }))
    .filter((gap) => gap.from < gap.until);
}

function lengthOf(spans: readonly TimeRange[]): number {
  return spans.reduce((sum, { from, until }) => sum + until - from, 0);
}

function spanAt(from: number, { until }: TimeRange, state: TrafficState, coarsest: TrafficUnit): TrafficSpan {
  const day = from + DAY_MS;
  if (coarsest === 'day' && from % DAY_MS === 0 && day <= until && !isTouched({ from, until: day }, state)) {
    return { unit: 'day', from, until: day };
  }
  const hour = from + HOUR_MS;
  const isComplete = from < state.minutesFrom || !state.touchedHours.has(from);
  if (coarsest !== 'minute' && from % HOUR_MS === 0 && hour <= until && isComplete) {
    return { unit: 'hour', from, until: hour };
  }
  return { unit: 'minute', from, until: Math.min(until, from - (from % HOUR_MS) + HOUR_MS) };
}

function isTouched({ from, until }: TimeRange, { touchedHours }: TrafficState): boolean {
  for (let hour = from; hour < until; hour += HOUR_MS) if (touchedHours.has(hour)) return true;
  return false;
}
