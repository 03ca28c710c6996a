import type { Limits } from './limit.ts';

/** How one limit stands after a call was let in or refused. */
export interface Reading {
  readonly used: number;
  /** Until a call that is refused now would be let in; for a limit with room, until its oldest call leaves. */
  readonly freeInMs: number;
}

/**
 * The value of `RateLimit` (draft-ietf-httpapi-ratelimit-headers): `r`, how many calls are left, and `t`, in how many
 * seconds there will be more.
 */
export function rateLimitField({ list }: Limits, readings: readonly Reading[]): string {
  let field = '';
  for (let i = 0; i < list.length; i += 1) {
    const { policy, quota, span } = list[i] as Limits['list'][number];
    const { used, freeInMs } = readings[i] as Reading;
    // A call is counted a little longer than the window lasts; only Retry-After needs to tell that.
    const seconds = Math.ceil(Math.min(Math.max(0, freeInMs), span.windowMs) / 1_000);
    field += `${i === 0 ? '' : ', '}"${policy}";r=${Math.max(0, quota - used)};t=${seconds}`;
  }
  return field;
}
