import { BLAMES_LIMIT } from './rotation.ts';

/** What live calls showed of one version, over all relay processes (`rotation_evidence`). */
export interface VersionEvidence {
  calls: number;
  /** Answered 401 or 403. */
  refused: number;
  /** Answered 5xx, or not at all. */
  errors: number;
  /** Refused with this version, and not with the other. */
  blames: number;
  /** Refused with both: nobody's fault. */
  double_refusals: number;
  /** Refused, and could not be repeated. */
  unrepeatable_failures: number;
  /** RFC 3339. */
  last_used_at: string | null;
}

export interface Evidence {
  new: VersionEvidence;
  old: VersionEvidence;
}

export const NO_EVIDENCE: VersionEvidence = {
  calls: 0,
  refused: 0,
  errors: 0,
  blames: 0,
  double_refusals: 0,
  unrepeatable_failures: 0,
  last_used_at: null,
};

/** So many calls with the new version make a window count. */
export const CANARY_CALLS = 20;
/** A window with too few calls is followed by another, so many in all; then what was seen must do. */
export const CANARY_WINDOWS = 3;
/** A drain that old refusals keep from falling silent ends after this all the same. */
export const DRAIN_LIMIT_SECONDS = 3_600;

const MIN_ERRORS = 3;
const ERROR_RATE_FACTOR = 2;
const ERROR_RATE_MARGIN = 0.05;

const rateOf = ({ calls, errors }: VersionEvidence) => (calls === 0 ? 0 : errors / calls);

/**
 * Why the new version is worse than the old one, or null. Refusals count only where the old version was accepted for the
 * same call (a blame); of errors there must be three, and more than twice as often, and more than 5 percentage points
 * more often, than with the old version.
 */
export function whyWorse({ new: fresh, old }: Evidence): string | null {
  if (fresh.blames >= BLAMES_LIMIT) {
    return `${fresh.blames} calls were refused with the new value and accepted with the old one.`;
  }
  const [newRate, oldRate] = [rateOf(fresh), rateOf(old)];
  const isWorse = newRate > oldRate * ERROR_RATE_FACTOR && newRate > oldRate + ERROR_RATE_MARGIN;
  if (fresh.errors >= MIN_ERRORS && isWorse) {
    return `${percent(newRate)} of the calls with the new value failed, ${percent(oldRate)} of those with the old one.`;
  }
  return null;
}

const percent = (rate: number) => `${(rate * 100).toFixed(1)} %`;

export type CanaryVerdict =
  | { verdict: 'worse'; why: string }
  /** Enough calls were watched for long enough. */
  | { verdict: 'clean' }
  /** Nobody calls: the probe decides alone. */
  | { verdict: 'no_traffic' }
  | { verdict: 'watch_on' };

/** @param elapsedSeconds since every relay took part */
export function canaryVerdict(evidence: Evidence, elapsedSeconds: number, windowSeconds: number): CanaryVerdict {
  const why = whyWorse(evidence);
  if (why !== null) return { verdict: 'worse', why };
  if (elapsedSeconds < windowSeconds) return { verdict: 'watch_on' };
  if (evidence.new.calls + evidence.old.calls === 0) return { verdict: 'no_traffic' };
  const isOver = elapsedSeconds >= windowSeconds * CANARY_WINDOWS;
  return evidence.new.calls >= CANARY_CALLS || isOver ? { verdict: 'clean' } : { verdict: 'watch_on' };
}

export type DrainVerdict = { verdict: 'worse'; why: string } | { verdict: 'drained' } | { verdict: 'watch_on' };

/**
 * Whether nobody needs the old version any more. A call that both versions refuse uses it too, so a steady stream of
 * those does not hold the drain for ever.
 * @param since milliseconds since 1970, when every relay had moved to the new version; like `now`
 */
export function drainVerdict(
  evidence: Evidence,
  { now, since, drainSeconds }: { now: number; since: number; drainSeconds: number },
): DrainVerdict {
  const why = whyWorse(evidence);
  if (why !== null) return { verdict: 'worse', why };
  const lastUsedAt = evidence.old.last_used_at === null ? 0 : Date.parse(evidence.old.last_used_at);
  const quietSeconds = (now - Math.max(since, lastUsedAt)) / 1_000;
  const isOver = now - since >= Math.max(DRAIN_LIMIT_SECONDS, drainSeconds) * 1_000;
  return quietSeconds >= drainSeconds || isOver ? { verdict: 'drained' } : { verdict: 'watch_on' };
}
