import { xmlMembers, xmlText } from './aws-query.ts';
import type { Answer } from './bound-request.ts';
import { MINT_WINDOW_MS } from './mint-plan.ts';
import { type MintPlan, RotatorError } from './rotator.ts';

/** IAM's quota, which cannot be raised. */
const SLOTS = 2;
/** IAM tells whole seconds, and its servers' clocks differ a little. */
const CLOCK_SLACK_MS = 2_000;

export interface AccessKey {
  id: string;
  /** RFC 3339, by AWS' clock. */
  createdAt: string;
}

/** Reads a ListAccessKeys answer. */
export function accessKeysIn(xml: string): AccessKey[] {
  return xmlMembers(xml).map((member) => {
    const id = xmlText(member, 'AccessKeyId');
    const createdAt = xmlText(member, 'CreateDate');
    if (id === null || createdAt === null || Number.isNaN(Date.parse(createdAt))) {
      throw new RotatorError('permanent', 'The list of access keys cannot be read. Check iam_url.');
    }
    return { id, createdAt };
  });
}

/** AWS' own time of the answer, to compare with its keys' times. */
export function listedAt({ headers }: Answer): string {
  const date = Date.parse(headers.get('date') ?? '');
  return new Date(Number.isNaN(date) ? Date.now() : date).toISOString();
}

/** @throws RotatorError */
export function requireFreeSlot(userName: string, keys: readonly AccessKey[]): void {
  if (keys.length < SLOTS) return;
  const ids = keys.map(({ id, createdAt }) => `${id} of ${createdAt.slice(0, 10)}`).join(' and ');
  throw new RotatorError(
    'permanent',
    `The IAM user ${userName} has two access keys (${ids}), and IAM allows no third. Delete the one that nothing uses, then start again.`,
  );
}

/**
 * The one key that only the attempt with this plan can have made; null when it made none. In doubt a person is asked:
 * keys have no names, and whoever ends somebody else's key breaks a running program.
 * @param keys all of the user's but the recorded ones
 * @throws RotatorError `in_doubt`
 */
export function keyOfAttempt({ before }: MintPlan, keys: readonly AccessKey[]): AccessKey | null {
  const added = keys.filter(({ id }) => before?.key_ids.includes(id) !== true);
  const [key] = added;
  if (key === undefined) return null;
  const from = Date.parse(before?.listed_at ?? '') - CLOCK_SLACK_MS;
  const until = from + MINT_WINDOW_MS + 2 * CLOCK_SLACK_MS;
  const createdAt = Date.parse(key.createdAt);
  if (added.length === 1 && createdAt >= from && createdAt <= until) return key;
  throw new RotatorError(
    'in_doubt',
    `It cannot be told who made ${added.map(({ id }) => id).join(' and ')}. Keep the access keys that somebody uses, and remove the others.`,
    { keysInDoubt: added.map(({ id, createdAt: created_at }) => ({ id, created_at })) },
  );
}
