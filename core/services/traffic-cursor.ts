import { DAY_MS, LONGEST_RANGE_DAYS } from '../domain/times.ts';
import type { TimeRange } from '../domain/traffic-spans.ts';
import { PublicError } from '../errors.ts';

/** Where the next page of groups begins, of the same range as the page before. */
export interface TrafficPosition {
  range: TimeRange;
  offset: number;
}

export function encodeTrafficCursor({ range, offset }: TrafficPosition): string {
  return `${range.from}-${range.until}-${offset}`;
}

// A range may end with the day that it reaches into.
const LONGEST_MS = (LONGEST_RANGE_DAYS + 1) * DAY_MS;

/** @throws PublicError `invalid_request` for what is no cursor of ours */
export function decodeTrafficCursor(cursor: string | undefined): TrafficPosition | undefined {
  if (cursor === undefined) return undefined;
  const [, from, until, offset] = /^(\d{12,13})-(\d{12,13})-(\d{1,6})$/.exec(cursor) ?? [];
  const range = { from: Number(from), until: Number(until) };
  if (range.from < range.until && range.until - range.from <= LONGEST_MS) return { range, offset: Number(offset) };
  throw new PublicError('invalid_request', 'This cursor is none of ours. Leave it out to start at the first page.');
}
