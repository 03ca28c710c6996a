import type { Evidence, VersionEvidence } from './rotation-verdict.ts';

/** What live calls had shown by then of the new value and the old one. */
export type CanarySample = {
  /** RFC 3339. */
  time: string;
  new: CanaryCounts;
  old: CanaryCounts;
};

type CanaryCounts = {
  calls: number;
  /** Refused or failed. */
  bad: number;
};

const MOST_SAMPLES = 48;

const countsOf = ({ calls, refused, errors }: VersionEvidence): CanaryCounts => ({ calls, bad: refused + errors });

/** Adds what is seen now, if it is anything new. Of many samples every other one goes, so that they reach back to the first. */
export function withSample(earlier: readonly CanarySample[], evidence: Evidence, now: number): CanarySample[] {
  const sample = { time: new Date(now).toISOString(), new: countsOf(evidence.new), old: countsOf(evidence.old) };
  const last = earlier.at(-1);
  const isSame = (['new', 'old'] as const).every((which) => last?.[which].calls === sample[which].calls);
  if (isSame) return [...earlier];
  const kept = earlier.length < MOST_SAMPLES ? earlier : earlier.filter((_, index) => index % 2 === 0);
  return [...kept, sample];
}
