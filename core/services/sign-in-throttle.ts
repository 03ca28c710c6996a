import { createHash } from 'node:crypto';
import type { Dependencies } from '../dependencies.ts';
import { PublicError } from '../errors.ts';
import type { InstanceTransaction } from '../store/database.ts';

/** Tries that are free, then the wait doubles from one second up to the longest. A day without a try forgets them. */
interface Limit {
  subject: string;
  free: number;
  longestSeconds: number;
}

export interface Attempt {
  /** What is guessed: a password, or the code after it. */
  guess: 'password' | 'code';
  /** The e-mail address, whether it has an account or not. */
  account: string;
  network: string;
  /** The account was signed in to from this network before. */
  knownNetwork: boolean;
}

/**
 * Guessing is slowed by account and network, by network, and softly by account. Others' guessing does not slow the
 * owner of an account on a network of theirs: there only their own tries count.
 */
function limitsOf({ guess, account, network, knownNetwork }: Attempt): Limit[] {
  const own = { subject: `${guess}|account-and-network|${account}|${network}`, free: 5, longestSeconds: 900 };
  if (knownNetwork) return [own];
  return [
    own,
    { subject: `${guess}|network|${network}`, free: 30, longestSeconds: 900 },
    {
      subject: `${guess}|account|${account}`,
      free: guess === 'code' ? 10 : 20,
      longestSeconds: guess === 'code' ? 300 : 30,
    },
  ];
}

function keyOf({ subject }: Limit): Buffer<ArrayBuffer> {
  return Buffer.from(createHash('sha256').update(subject).digest());
}

/** Counts a try as failed before it is looked at, so that many at once are counted too. */
async function count(transaction: InstanceTransaction, limit: Limit): Promise<void> {
  const key = keyOf(limit);
  const { free, longestSeconds } = limit;
  const counted = await transaction.$executeRaw`
    INSERT INTO sign_in_throttle AS earlier (key, failures, blocked_until, updated_at) VALUES (${key}, 1, now(), now())
    ON CONFLICT (key) DO UPDATE SET
      failures = CASE WHEN earlier.updated_at < now() - interval '1 day' THEN 1 ELSE earlier.failures + 1 END,
      blocked_until = CASE WHEN earlier.updated_at < now() - interval '1 day' OR earlier.failures + 1 < ${free} THEN now()
        ELSE now() + make_interval(secs => least(${longestSeconds}, power(2, least(earlier.failures + 1 - ${free}, 20)))) END,
      updated_at = now()
    WHERE earlier.blocked_until <= now()`;
  if (counted === 1) return;
  const blocked = await transaction.signInThrottle.findUnique({ where: { key } });
  const seconds = Math.max(1, Math.ceil(((blocked?.blockedUntil.getTime() ?? 0) - Date.now()) / 1000));
  throw new PublicError('rate_limited', `Too many tries. Wait ${inWords(seconds)}, then try again.`, {
    retryAfterSeconds: seconds,
  });
}

function inWords(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

/** @throws PublicError `rate_limited` when the next try must wait; a refused try counts nothing */
export async function countAttempt({ database }: Pick<Dependencies, 'database'>, attempt: Attempt): Promise<void> {
  await database.inInstance(async (transaction) => {
    for (const limit of limitsOf(attempt)) await count(transaction, limit);
  });
}

/** Slows one network that makes account after account. @throws PublicError `rate_limited` */
export async function countSignUp({ database }: Pick<Dependencies, 'database'>, network: string): Promise<void> {
  const limit = { subject: `sign-up|network|${network}`, free: 10, longestSeconds: 900 };
  await database.inInstance((transaction) => count(transaction, limit));
}

/** A right guess: one's own failures are forgotten, and this try was none. */
export async function forgiveAttempt(transaction: InstanceTransaction, attempt: Attempt): Promise<void> {
  const [own, ...shared] = limitsOf(attempt).map(keyOf);
  await transaction.signInThrottle.deleteMany({ where: { key: own } });
  for (const key of shared) {
    await transaction.$executeRaw`
      UPDATE sign_in_throttle SET failures = greatest(failures - 1, 0), blocked_until = now() WHERE key = ${key}`;
  }
}
