/** Workflow types, and the names of their messages: what client, worker and workflow agree on. */
export const CREDENTIAL_ROTATION_WORKFLOW = 'rotateCredential';
export const ROTATION_SETTLEMENT_WORKFLOW = 'settleRotation';
export const AGENT_KEY_ROTATION_WORKFLOW = 'rotateAgentKey';
/** Somebody decided or entered something: look at the rows now. A lost word is made up for by the next look. */
export const LOOK_SIGNAL = 'look';

/** How an attempt ended. What is thrown instead is trouble of our own, which passes: it is tried again. */
export type Attempt =
  | { outcome: 'done' }
  /** Not yet: the provider does not answer, or somebody has to do something. Try again then. */
  | { outcome: 'later'; retryAfterSeconds: number }
  /** It will not work. */
  | { outcome: 'refused'; why: string }
  /** A person wants it ended, or it has ended. */
  | { outcome: 'stop' };

/** How a look at live traffic ended. */
export type Look =
  | Exclude<Attempt, { outcome: 'later' }>
  /** Nobody calls: the probe decides. */
  | { outcome: 'no_traffic' }
  /** @property since RFC 3339: since when what is watched counts; null while relays have yet to take part */
  | { outcome: 'watch_on'; since: string | null; nextLookSeconds: number };

const SHORTEST_LOOK_SECONDS = 60;
const LONGEST_LOOK_SECONDS = 43_200;

/**
 * When to look again whether a person has done something, in case the word of it was lost: soon while it is new, later
 * more and more rarely.
 * @param askedAt milliseconds since 1970, like `now` and `nextAt`, at which something is to be done anyway
 */
export function nextLookSeconds({ askedAt, now, nextAt }: { askedAt: number; now: number; nextAt: number }): number {
  const tenth = (now - askedAt) / 10_000;
  const patience = Math.min(LONGEST_LOOK_SECONDS, Math.max(SHORTEST_LOOK_SECONDS, tenth));
  return Math.max(1, Math.min(patience, (nextAt - now) / 1_000));
}

/** A change that relays must learn of: the transaction that made it. */
export interface Change {
  changeXid: string;
}

/** Why a rotation goes back. */
export interface Reversal {
  cause: 'cancelled' | 'failed';
  why: string;
}

/** How an attempt ends what it belongs to. */
export type End = Extract<Attempt, { outcome: 'refused' | 'stop' }>;

export function reversalOf(end: End): Reversal {
  return end.outcome === 'stop' ? { cause: 'cancelled', why: 'It was cancelled.' } : { cause: 'failed', why: end.why };
}
