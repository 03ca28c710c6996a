import { z } from 'zod';
import { NAME_PATTERN } from './names.ts';
import { DAY_MS, REMINDERS_DAYS_BEFORE } from './times.ts';

/** The call that shows whether a credential's value works; a person or an API token sets it (invariant 9). */
export const probeSchema = z.strictObject({
  agent: z
    .string()
    .regex(NAME_PATTERN, "must be an agent's name")
    .optional()
    .describe('The linked agent whose upstream is called. Left out: the only one that is linked.'),
  method: z.enum(['GET', 'HEAD', 'POST', 'OPTIONS']).default('GET'),
  path: z
    .string()
    .max(1_000)
    .regex(/^\/[\x21-\x7e]*$/, 'must begin with / and hold no blank, such as /v1/account')
    .refine((path) => !path.includes('#') && !/(^|\/)\.{1,2}(\/|$|\?)/.test(path), 'must hold no #, . or .. segment')
    .describe("Under the agent's upstream_url; a call that changes nothing."),
  expect_status: z.int().min(200).max(599).optional().describe('Left out: 200 to 299.'),
});
export type Probe = z.output<typeof probeSchema>;

/** When a credential rotates by itself, and when its people are reminded. */
export const rotationPolicySchema = z.strictObject({
  every_days: z.int().min(1).max(3_650).optional().describe('Left out: it never rotates by itself.'),
  remind_days_before: z
    .array(z.int().min(1).max(365))
    .max(10)
    .default([...REMINDERS_DAYS_BEFORE])
    .describe('Days before expires_at on which a notice is given.'),
});
export type RotationPolicy = z.output<typeof rotationPolicySchema>;

/** After a rotation that failed, the next one by schedule waits this long. */
export const RETRY_AFTER_DAYS = 1;

/**
 * When the next rotation is due.
 * @param currentSince when the current version came, in milliseconds since 1970
 */
export function dueAt({ every_days }: RotationPolicy, currentSince: number): Date | null {
  return every_days === undefined ? null : new Date(currentSince + every_days * DAY_MS);
}

/**
 * The reminder of an expiry that is due by now: the latest one alone, so that nobody gets three at once.
 * @returns days before the expiry; null: none yet
 */
export function dueReminder({ remind_days_before }: RotationPolicy, expiresAt: number, now: number): number | null {
  const due = remind_days_before.filter((days) => now >= expiresAt - days * DAY_MS);
  return due.length === 0 ? null : Math.min(...due);
}
