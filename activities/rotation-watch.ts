import { type CanarySample, withSample } from '../core/domain/canary-history.ts';
import type { CredentialRotation, RunningRotation } from '../core/domain/rotation.ts';
import { canaryVerdict, drainVerdict, type Evidence, whyWorse } from '../core/domain/rotation-verdict.ts';
import type { Change, Look } from '../core/domain/rotation-workflow.ts';
import { showFigures } from '../core/services/long-running.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import { type RelaysCounted, relaysUnable, relaysUnaware, untilRelaysKnow } from './relays.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';
import { readEvidence } from './rotation-evidence.ts';
import { lockRotation, stepBegan } from './rotation-rows.ts';

/** A window is looked at about so many times. */
const LOOKS_A_WINDOW = 20;
const LONGEST_LOOK_SECONDS = 15;
const LOOKS_A_LONG_WINDOW = 240;
/** So long a relay may be unable to send the new version before the rotation goes back. */
const UNABLE_PATIENCE_MS = 1_800_000;

export type Watch = CredentialRotation &
  Change & {
    /** RFC 3339: since when every relay has taken part; null: not all do yet. */
    since: string | null;
    /** Looks before this one. */
    looks: number;
  };

type Verdict = (evidence: Evidence, since: number, now: number) => Exclude<Look, { outcome: 'watch_on' }> | null;

interface Watched {
  phase: RunningRotation['phase'];
  windowSeconds: number;
  /** Whether relays that were silent for long are waited for. */
  relays: RelaysCounted;
  verdict: Verdict;
}

/** Looks at what live calls show; writes it on the operation's row. */
async function look(
  { database, now }: RotationDependencies,
  watch: Watch,
  { phase, windowSeconds, relays, verdict }: Watched,
): Promise<Look> {
  const { organizationId, operationId } = watch;
  return database.inOrganization(organizationId, async (transaction) => {
    const { operation, credential, isStopped } = await lockRotation(transaction, watch);
    const running = credential.rotation as unknown as RunningRotation | null;
    if (isStopped || running?.operation_id !== operationId || running.phase !== phase) return { outcome: 'stop' };
    const evidence = await readEvidence(transaction, operationId, {
      newVersionId: running.new_version_id,
      oldVersionId: running.old_version_id,
    });
    const unaware = await relaysUnaware(transaction, watch.changeXid, relays);
    const unable = await relaysUnable(transaction, running.new_version_id, relays);
    const begins = unaware === 0 ? new Date(now()).toISOString() : null;
    // Invariant 4: calls of a relay that cannot send the new version live on the old one, whenever it became so.
    const since = unable === 0 ? (watch.since ?? begins) : null;
    const until = new Date((since === null ? now() : Date.parse(since)) + windowSeconds * 1_000);
    const { history = [] } = (operation.canary ?? {}) as { history?: CanarySample[] };
    await showEvidence(transaction, {
      operationId,
      running,
      evidence,
      history: withSample(history, evidence, now()),
      unaware,
      unable,
      until,
    });
    const isTooLong = unable > 0 && now() - stepBegan(operation) > UNABLE_PATIENCE_MS;
    const why = whyWorse(evidence) ?? (isTooLong ? whyUnable(unable) : null);
    if (why !== null) return { outcome: 'refused', why };
    const nextLookSeconds = since === null ? untilRelaysKnow(watch.looks) : secondsBetweenLooks(windowSeconds);
    const settled = since === null ? null : verdict(evidence, Date.parse(since), now());
    return settled ?? { outcome: 'watch_on', since, nextLookSeconds };
  });
}

function secondsBetweenLooks(windowSeconds: number): number {
  const longest = Math.max(LONGEST_LOOK_SECONDS, windowSeconds / LOOKS_A_LONG_WINDOW);
  return Math.min(longest, Math.max(0.5, windowSeconds / LOOKS_A_WINDOW));
}

function showEvidence(
  transaction: OrganizationTransaction,
  {
    operationId,
    running,
    evidence,
    history,
    unaware,
    unable,
    until,
  }: {
    operationId: string;
    running: RunningRotation;
    evidence: Evidence;
    history: CanarySample[];
    unaware: number;
    unable: number;
    until: Date;
  },
): Promise<boolean> {
  const canary = {
    phase: running.phase,
    share: running.share,
    since: running.since,
    relays_unaware: unaware,
    relays_unable: unable,
    new: { version: running.new_version_id, ...evidence.new },
    old: { version: running.old_version_id, ...evidence.old },
    history,
  };
  return showFigures(transaction, operationId, { canary, until, detail: unable > 0 ? whyUnable(unable) : null });
}

function whyUnable(relays: number): string {
  return `The new value cannot be used by ${relays} relay process(es), whose calls take the old one. Their log tells why: the key service does not answer, the master key is not theirs, or the value does not fit how an agent sends it.`;
}

/** Whether the canary did well: a share of the live calls took the new version. */
export function lookAtCanary(dependencies: RotationDependencies, watch: Watch): Promise<Look> {
  const { canarySeconds } = watch;
  return look(dependencies, watch, {
    phase: 'canary',
    windowSeconds: canarySeconds,
    relays: 'heard',
    verdict(evidence, since, now) {
      const { verdict } = canaryVerdict(evidence, (now - since) / 1_000, canarySeconds);
      if (verdict === 'no_traffic') return { outcome: 'no_traffic' };
      return verdict === 'clean' ? { outcome: 'done' } : null;
    },
  });
}

/** Whether every relay has cut over, and the calls that can be repeated were clean for as long as the canary lasted. */
export function lookAtCutOver(dependencies: RotationDependencies, watch: Watch): Promise<Look> {
  const { canarySeconds } = watch;
  return look(dependencies, watch, {
    phase: 'cut_over',
    windowSeconds: canarySeconds,
    relays: 'all',
    verdict(evidence, since, now) {
      if (now - since < canarySeconds * 1_000) return null;
      return { outcome: evidence.new.calls === 0 ? 'no_traffic' : 'done' };
    },
  });
}

/** Whether nobody uses the old version any more. */
export function lookAtDrain(dependencies: RotationDependencies, watch: Watch): Promise<Look> {
  const { drainSeconds } = watch;
  return look(dependencies, watch, {
    phase: 'drain',
    windowSeconds: drainSeconds,
    relays: 'all',
    verdict: (evidence, since, now) =>
      drainVerdict(evidence, { now, since, drainSeconds }).verdict === 'drained' ? { outcome: 'done' } : null,
  });
}
