export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** No question about the past looks further back, or at more at once. */
export const LONGEST_RANGE_DAYS = 400;

const UNIT_SECONDS: Record<string, number> = { m: 60, h: 3_600, d: 86_400, w: 604_800 };

/** Seconds of `24h`, `7d`, `90m`, `2w`; undefined when it is no such length. */
export function parseDuration(text: string): number | undefined {
  const [, count, unit] = /^(\d{1,5})([mhdw])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNIT_SECONDS[unit ?? ''] ?? 0);
  return seconds > 0 ? seconds : undefined;
}

/**
 * A moment as callers may write it: RFC 3339, a length before now (`24h`, `7d`),
 * `this_week` (since Monday) or `this_month`, both in UTC. Undefined when it is none of these.
 */
export function parseTime(text: string, now: Date): Date | undefined {
  if (text === 'this_month') return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1));
  if (text === 'this_week') {
    const daysSinceMonday = (now.getUTCDay() + 6) % 7;
    return new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() - daysSinceMonday));
  }
  const seconds = parseDuration(text);
  if (seconds !== undefined) return new Date(now.getTime() - seconds * 1_000);
  if (!/^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d))?$/i.test(text)) return undefined;
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? undefined : time;
}

/** On which days before its expiry a credential's people are reminded, where its policy does not say. */
export const REMINDERS_DAYS_BEFORE: readonly number[] = [30, 7, 1];
