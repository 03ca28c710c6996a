import { CancellationScope, proxyActivities } from '@temporalio/workflow';
import type { RotationActivities } from '../activities/rotation.ts';
import type { CredentialRotation } from '../core/domain/rotation.ts';
import { type Attempt, type Change, type Look, type Reversal, reversalOf } from '../core/domain/rotation-workflow.ts';
import { type Attention, payAttention, persist, persistToTheEnd, rest } from './attention.ts';
import { isApproved } from './await-approval.ts';

export const timeouts = { startToCloseTimeout: '3 minutes', heartbeatTimeout: '10 seconds' } as const;
/** Trouble of our own (the database is away) passes; what providers do is no failure but an outcome. */
export const retry = { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '20 seconds' } as const;

/** A fault of ours in these rolls back. */
const { stageVersion, verifyVersion, beginCanary, lookAtCanary, cutOver, lookAtCutOver, beginDrain, lookAtDrain } =
  proxyActivities<RotationActivities>({
    ...timeouts,
    retry: {
      ...retry,
      nonRetryableErrorTypes: [
        'TypeError',
        'RangeError',
        'ReferenceError',
        'PrismaClientValidationError',
        'ZodError',
        'VaultError',
      ],
    },
  });

/** These must come to their end, also when a fault of ours has to be mended first. */
const {
  releaseOldVersion,
  lookAtRelays,
  revokeOldVersion,
  finishRotation,
  undoRotation,
  revokeNewVersion,
  finishRollBack,
} = proxyActivities<RotationActivities>({ ...timeouts, retry });

type Ended = Exclude<Attempt, { outcome: 'later' }>;
type Step = (rotation: CredentialRotation, attention: Attention) => Promise<Ended>;

const stage: Step = (rotation, attention) => persist(attention, (tries) => stageVersion(rotation, tries));
const verify: Step = (rotation, attention) => persist(attention, (tries) => verifyVersion(rotation, tries));

/** A step that watches live calls; where nobody calls, the probe decides. */
function watching(
  begin: (rotation: CredentialRotation) => Promise<Change | null>,
  lookAt: (watch: CredentialRotation & Change & { since: string | null; looks: number }) => Promise<Look>,
): Step {
  return async (rotation, attention) => {
    const change = await begin(rotation);
    if (change === null) return { outcome: 'stop' };
    let since: string | null = null;
    for (let looks = 0; !attention.isCancelled; looks++) {
      const seen: Look = await lookAt({ ...rotation, ...change, since, looks });
      if (seen.outcome === 'no_traffic') return verify(rotation, attention);
      if (seen.outcome !== 'watch_on') return seen;
      since = seen.since;
      await rest(attention, seen.nextLookSeconds);
    }
    return { outcome: 'stop' };
  };
}

const steps: Step[] = [
  stage,
  verify,
  watching(beginCanary, lookAtCanary),
  watching(cutOver, lookAtCutOver),
  watching(beginDrain, lookAtDrain),
];

/**
 * Replaces a credential's value while it is used. Until the old version is released any failure, cancellation or worse
 * canary goes back; from there on it only goes forward (invariant 4).
 */
export async function rotateCredential(rotation: CredentialRotation): Promise<void> {
  const attention = payAttention();
  await CancellationScope.nonCancellable(async () => {
    if (rotation.needsApproval && !(await isApproved(rotation, attention))) return;
    const reversal = await goForward(rotation, attention);
    if (reversal !== null) await goBack(rotation, reversal, attention);
  });
}

/** @returns why it has to go back; null: the old version is revoked */
async function goForward(rotation: CredentialRotation, attention: Attention): Promise<Reversal | null> {
  try {
    for (const step of steps) {
      const ended = await step(rotation, attention);
      if (ended.outcome !== 'done') return reversalOf(ended);
    }
  } catch {
    return { cause: 'failed', why: 'It failed by a fault of ours. Try again; the workers’ log tells more.' };
  }
  const released = await releaseOldVersion(rotation);
  if (released === null) return reversalOf({ outcome: 'stop' });
  await endOldVersion(rotation, released, attention);
  return null;
}

/** The rest of a rotation whose old version no call takes any more. */
export async function endOldVersion(
  rotation: CredentialRotation,
  released: Change,
  attention: Attention,
): Promise<void> {
  await untilRelaysKnow(rotation, released, attention);
  const revoked = await persistToTheEnd(attention, (tries) => revokeOldVersion(rotation, tries));
  await finishRotation({ ...rotation, kept: 'kept' in revoked && revoked.kept === true });
}

/** Undoes whatever a rotation did before its old version was released. */
export async function goBack(rotation: CredentialRotation, reversal: Reversal, attention: Attention): Promise<void> {
  const undone = await undoRotation({ ...rotation, ...reversal });
  await untilRelaysKnow(rotation, undone, attention);
  await persistToTheEnd(attention, (tries) => revokeNewVersion(rotation, tries));
  await finishRollBack({ ...rotation, ...reversal });
}

/** Nothing is ended at a provider that a relay may still send. */
async function untilRelaysKnow(
  { organizationId }: CredentialRotation,
  { changeXid }: Change,
  attention: Attention,
): Promise<void> {
  await persistToTheEnd(attention, (looks) => lookAtRelays({ organizationId, changeXid, looks }));
}
