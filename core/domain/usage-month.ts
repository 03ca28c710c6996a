import { DAY_MS } from './times.ts';
import type { TimeRange } from './traffic-spans.ts';

/** The calendar month in UTC that a moment is in, such as `2026-11`. */
export function monthOf(time: number): string {
  return new Date(time).toISOString().slice(0, 7);
}

/** @param month such as `2026-11` */
export function rangeOfMonth(month: string): TimeRange {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return { from: Date.UTC(year, number - 1), until: Date.UTC(year, number) };
}

/** A week says how busy weekdays and weekends are. */
export const PROJECTED_FROM_MS = 7 * DAY_MS;
const LEAST_OBSERVED_MS = DAY_MS;

export interface RecentUse {
  /** The first call of the last week, milliseconds since the epoch; null: there was none. */
  since: number | null;
  requests: number;
}

/**
 * What a month's requests come to if it goes on like the last week; null while less than a day is known.
 * @param requests of the month until now
 */
export function projectRequests(requests: number, month: TimeRange, recent: RecentUse, now: number): number | null {
  if (now >= month.until) return requests;
  if (recent.since === null) return requests === 0 ? null : requests;
  const observedMs = now - recent.since;
  if (observedMs < LEAST_OBSERVED_MS) return null;
  return Math.round(requests + (recent.requests / observedMs) * (month.until - now));
}
