import { z } from 'zod';
import { actorOf, type Caller } from '../domain/caller.ts';
import type { BreakerSettings } from '../domain/circuit-breaker-settings.ts';
import { PublicError } from '../errors.ts';

/** What the operations on circuit breakers share. */

const LONGEST_OVERRIDE_SECONDS = 30 * 86_400;

export const breakerState = z.enum(['closed', 'open', 'half_open']);

const coolDown = z.number().min(0.1).max(3_600).optional();

export const breakerSettings = z.strictObject({
  failure_statuses: z
    .array(z.string().regex(/^[1-5](xx|\d\d)$/, 'write 5xx or 503'))
    .max(20)
    .optional()
    .describe('Answers that count as failures, 5xx by default. Network errors and timeouts always count.'),
  failure_rate: z.number().positive().max(1).optional().describe('Opens at this fraction of failures; default 0.5.'),
  window_seconds: z.int().min(1).max(600).optional().describe('Default 30.'),
  minimum_calls: z.int().min(1).max(1_000_000).optional().describe('Never opens below it; default 20.'),
  cool_down_seconds: coolDown.describe('First time open, doubled while it still fails; default 5.'),
  longest_cool_down_seconds: coolDown.describe('Default 300.'),
});

export const breakerOverride = z.strictObject({
  state: z.enum(['open', 'closed']),
  for_seconds: z.int().min(1).max(LONGEST_OVERRIDE_SECONDS),
});

const time = z.iso.datetime();

export const circuitBreakerView = z.object({
  agent: z.string(),
  state: breakerState.describe('half_open: one call at a time tries the upstream.'),
  why: z.string().nullable(),
  since: time,
  next_probe_at: time.nullable().describe('null: calls pass, are held open by hand, or the next call is the probe.'),
  evidence: z.object({
    window_seconds: z.number().optional(),
    calls: z.int().optional(),
    failures: z.int().optional(),
    last_errors: z.array(z.object({ time, error: z.string() })).optional(),
    by: z.string().optional(),
    until: time.optional(),
  }),
  settings: z.object({
    failure_statuses: z.array(z.string()),
    failure_rate: z.number(),
    window_seconds: z.number(),
    minimum_calls: z.int(),
    cool_down_seconds: z.number(),
    longest_cool_down_seconds: z.number(),
  }),
  override: z.object({ state: z.enum(['open', 'closed']), until: time, by: z.string() }).nullable(),
  changes: z.array(z.object({ time, from: breakerState, to: breakerState, why: z.string() })).describe('Last 5.'),
  version: z.int(),
});

/** A cool-down that begins above its end would never grow. */
export function checkCoolDowns({ cool_down_seconds, longest_cool_down_seconds }: BreakerSettings): void {
  if (cool_down_seconds <= longest_cool_down_seconds) return;
  const message = `must be at least cool_down_seconds (${cool_down_seconds})`;
  throw new PublicError('invalid_request', `settings.longest_cool_down_seconds: ${message}.`, {
    issues: [{ path: 'settings.longest_cool_down_seconds', message }],
  });
}

/** How a breaker's history names who changed it. */
export function nameOf(caller: Caller): string {
  const { name, app } = actorOf(caller);
  return app === null ? name : `${name} (${app})`;
}
