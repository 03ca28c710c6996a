import { z } from 'zod';
import { DAY_MS } from './times.ts';

/** What an organization's policy can demand a person's approval for. */
export const APPROVABLE = ['rotate', 'delete', 'send'] as const;
export type Approvable = (typeof APPROVABLE)[number];

/** `/policy`, as it is stored in `organization.policy`. The default demands nothing: deletes restore, rotations roll back. */
export const policySchema = z.object({
  require_approval: z
    .object({
      rotate: z.boolean().default(false),
      delete: z.boolean().default(false),
      send: z.boolean().default(false),
    })
    .default({ rotate: false, delete: false, send: false }),
  second_person: z.boolean().default(false).describe('Who asked may not approve it.'),
});
export type Policy = z.output<typeof policySchema>;

/** An approval that an operation waits for, as it is stored in `operation.approval`. Times are RFC 3339. */
export interface Approval {
  action: Approvable;
  /** Hexadecimal SHA-256 of kind, target and input: the approval is for exactly this. */
  input_hash: string;
  second_person: boolean;
  requested_at: string;
  expires_at: string;
  decision: 'approved' | 'rejected' | null;
  decided_by: string | null;
  decided_at: string | null;
}

/** An approval that nobody gives expires. */
export const APPROVAL_DAYS = 7;
const REMIND_AFTER_DAYS = [0, 1, 3, 6];

/** The reminders that are due by now, and when the next moment comes at which something is to be done. */
export function approvalMoments(
  { requested_at, expires_at }: Approval,
  now: number,
): { due: number[]; nextAt: number } {
  const begin = Date.parse(requested_at);
  const moments = REMIND_AFTER_DAYS.map((days) => ({ days, at: begin + days * DAY_MS }));
  const next = moments.find(({ at }) => at > now);
  return {
    due: moments.filter(({ at }) => at <= now).map(({ days }) => days),
    nextAt: next?.at ?? Date.parse(expires_at),
  };
}

export function newApproval(action: Approvable, inputHash: string, secondPerson: boolean, now: number): Approval {
  return {
    action,
    input_hash: inputHash,
    second_person: secondPerson,
    requested_at: new Date(now).toISOString(),
    expires_at: new Date(now + APPROVAL_DAYS * DAY_MS).toISOString(),
    decision: null,
    decided_by: null,
    decided_at: null,
  };
}
