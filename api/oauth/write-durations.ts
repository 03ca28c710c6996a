import { HOUR_MS, MINUTE_MS } from '../../core/domain/times.ts';

export const UNTIL_REVOKED = 'until_revoked';

/** How long an app may write before it falls back to reading. */
export const WRITE_DURATIONS = [
  { value: '30_minutes', label: '30 minutes', milliseconds: 30 * MINUTE_MS },
  { value: '8_hours', label: '8 hours', milliseconds: 8 * HOUR_MS },
  { value: UNTIL_REVOKED, label: 'Until revoked', milliseconds: null },
] as const;

/**
 * When an app that was allowed to write at `now` (ms since 1970) may no longer.
 * @param value the form's `duration`; a form without it leaves what is preselected
 * @returns null: until it is revoked; undefined: there is no such duration, and it must not become for ever
 */
export function writesUntil(value: unknown = UNTIL_REVOKED, now: number = Date.now()): Date | null | undefined {
  const duration = WRITE_DURATIONS.find((candidate) => candidate.value === value);
  if (duration === undefined) return undefined;
  return duration.milliseconds === null ? null : new Date(now + duration.milliseconds);
}
