import type { Doubt } from '../core/domain/doubt.ts';
import type { CredentialRotation } from '../core/domain/rotation.ts';
import { type Rotator, RotatorError } from '../core/rotators/rotator.ts';
import { waitInOperation } from '../core/services/long-running.ts';
import { endNoticesOf, giveNotice } from '../core/services/notices.ts';
import { Prisma } from '../core/store/generated/client.ts';
import { attemptDeliveries } from './alert-deliveries.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';
import { lockRotation } from './rotation-rows.ts';

const LOOK_AGAIN_SECONDS = 43_200;

/** `done`: it went through. `removed`, `kept`: a person decided. `asked`: a person has to decide first. */
export type DoubtOutcome = 'done' | 'removed' | 'kept' | 'asked';

/**
 * Does something at a provider that may turn out to be in doubt; then a person decides, once for each question.
 * @throws RotatorError of the other kinds
 */
export async function throughDoubt(
  dependencies: RotationDependencies,
  rotation: CredentialRotation,
  rotator: Rotator,
  work: () => Promise<unknown>,
): Promise<DoubtOutcome> {
  try {
    await work();
    return 'done';
  } catch (error) {
    if (!(error instanceof RotatorError) || error.kind !== 'in_doubt') throw error;
    const decision = await readDecision(dependencies, rotation, error);
    if (decision === null) return 'asked';
    if (decision === 'remove') {
      for (const { id } of error.keysInDoubt) await rotator.revoke({ provider_reference: { id }, value: null });
    }
    await dependencies.database.inOrganization(rotation.organizationId, async (transaction) => {
      await transaction.operation.update({ where: { id: rotation.operationId }, data: { resolution: Prisma.DbNull } });
      await endNoticesOf(transaction, rotation.operationId);
    });
    return decision === 'remove' ? 'removed' : 'kept';
  }
}

/** What a person decided about this question; asks it when it is new. */
async function readDecision(
  dependencies: RotationDependencies,
  rotation: CredentialRotation,
  { message: question, keysInDoubt }: RotatorError,
): Promise<Doubt['decision']> {
  const { organizationId, operationId } = rotation;
  const asked = await dependencies.database.inOrganization(organizationId, async (transaction) => {
    const { operation, credential } = await lockRotation(transaction, rotation);
    const doubt = operation.resolution as unknown as Doubt | null;
    if (doubt?.question === question && doubt.decision !== null) return { decision: doubt.decision, planned: [] };
    const open: Doubt = { question, keys: [...keysInDoubt], decision: null, decided_by: null, decided_at: null };
    await transaction.operation.update({
      where: { id: operationId },
      data: { resolution: open as unknown as Prisma.InputJsonObject },
    });
    await waitInOperation(transaction, operationId, {
      waitingFor: 'resolve',
      until: new Date(dependencies.now() + LOOK_AGAIN_SECONDS * 1_000),
      detail: question,
    });
    const planned = await giveNotice(transaction, dependencies, {
      kind: 'key_in_doubt',
      severity: 'critical',
      target: { kind: 'credential', id: credential.id, name: credential.name },
      matter: operationId,
      occasion: question,
      title: 'A rotation needs your decision',
      text: `The rotation of "${credential.name}" needs a decision: ${question}`,
      operationId,
      path: `/operations/${operationId}`,
      to: { role: 'manager' },
    });
    return { decision: null, planned };
  });
  await attemptDeliveries(dependencies, asked.planned);
  return asked.decision;
}

/** The wait for a person's decision, as the workflow keeps it; the row shows it already. */
export const waitForDecision = { outcome: 'later', retryAfterSeconds: LOOK_AGAIN_SECONDS } as const;
