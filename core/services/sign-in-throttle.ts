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

function ownLimit({ guess, account, network }: Attempt): Limit {
  return { subject: `${guess}|account-and-network|${account}|${network}`, free: 5, longestSeconds: 900 };
}

/** Of the owner of an account, on a network of theirs that others' guessing slows. */
function ownerLimit(attempt: Attempt): Limit {
  const own = ownLimit(attempt);
  return { ...own, subject: `owner|${own.subject}` };
}

function sharedLimits({ guess, account, network }: Attempt): Limit[] {
  return [
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

/**
 * Counts a try as failed before it is looked at, so that many at once are counted too.
 * @returns false when it must wait
 */
async function count(transaction: InstanceTransaction, limit: Limit): Promise<boolean> {
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
  return counted === 1;
}

/** How long the next try must wait for these limits; 0 when it need not. */
async function secondsToWait(transaction: InstanceTransaction, limits: Limit[]): Promise<number> {
  const [longest] = await transaction.signInThrottle.findMany({
    where: { key: { in: limits.map(keyOf) } },
    orderBy: { blockedUntil: 'desc' },
    take: 1,
  });
  return Math.max(0, Math.ceil(((longest?.blockedUntil.getTime() ?? 0) - Date.now()) / 1000));
}

function mustWait(seconds: number): PublicError {
  return new PublicError('rate_limited', `Too many tries. Wait ${inWords(seconds)}, then try again.`, {
    retryAfterSeconds: seconds,
  });
}

function inWords(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? '1 second' : `${seconds} seconds`;
  return `${Math.ceil(seconds / 60)} minutes`;
}

/** A try that may be made. */
export interface CountedAttempt {
  /** Where it was counted, its own first. */
  keys: Buffer<ArrayBuffer>[];
  /** How a wrong guess is answered where others are slowed; null: as a wrong guess. */
  refusal: PublicError | null;
}

/**
 * Guessing is slowed by account and network, by network, and softly by account. Others' guessing does not keep the owner
 * of an account out on a network of theirs: they may try, but a wrong guess is answered there as to anybody. So no answer
 * and no counter tells whose account exists.
 * @throws PublicError `rate_limited` when the try must wait; a refused try counts nothing
 */
export function countAttempt({ database }: Pick<Dependencies, 'database'>, attempt: Attempt): Promise<CountedAttempt> {
  return database.inInstance(async (transaction) => {
    const shared = sharedLimits(attempt);
    const slowedSeconds = await secondsToWait(transaction, shared);
    const refusal = slowedSeconds > 0 ? mustWait(slowedSeconds) : null;
    if (refusal !== null && !attempt.knownNetwork) throw refusal;
    const limits = refusal === null ? [ownLimit(attempt), ...shared] : [ownerLimit(attempt)];
    for (const limit of limits) {
      if (await count(transaction, limit)) continue;
      throw refusal ?? mustWait(Math.max(1, await secondsToWait(transaction, [limit])));
    }
    return { keys: limits.map(keyOf), refusal };
  });
}

/** Slows one network that makes account after account. @throws PublicError `rate_limited` */
export async function countSignUp({ database }: Pick<Dependencies, 'database'>, network: string): Promise<void> {
  const limit = { subject: `sign-up|network|${network}`, free: 10, longestSeconds: 900 };
  await database.inInstance(async (transaction) => {
    if (await count(transaction, limit)) return;
    throw mustWait(Math.max(1, await secondsToWait(transaction, [limit])));
  });
}

/** A right guess: one's own failures are forgotten, and this try was none. */
export async function forgiveAttempt(transaction: InstanceTransaction, { keys }: CountedAttempt): Promise<void> {
  const [own, ...shared] = keys;
  await transaction.signInThrottle.deleteMany({ where: { key: own } });
  for (const key of shared) {
    await transaction.$executeRaw`
      UPDATE sign_in_throttle SET failures = greatest(failures - 1, 0), blocked_until = now() WHERE key = ${key}`;
  }
}
