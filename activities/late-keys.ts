import type { LostAttempt } from '../core/domain/late-key.ts';
import { type MintPlan, type ProviderReference, RotatorError } from '../core/rotators/rotator.ts';
import { giveNotice } from '../core/services/notices.ts';
import { attemptDeliveries } from './alert-deliveries.ts';
import { heartbeating } from './heartbeating.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';
import { auditRotation } from './rotation-rows.ts';
import { openRotator, readRotatorParts } from './rotator-of.ts';

export type LateKeyActivities = ReturnType<typeof createLateKeyActivities>;

/** What the workflow `watchForLateKey` does. */
export function createLateKeyActivities(dependencies: RotationDependencies) {
  return heartbeating({
    /**
     * Ends a key that came late; where that cannot be told, or does not go through to the last, a person is told.
     * @returns whether there is nothing to look for any more
     */
    async lookForLateKey({ isLast, ...attempt }: LostAttempt & { isLast: boolean }): Promise<boolean> {
      try {
        return await endLateKeys(dependencies, attempt);
      } catch (error) {
        if (!(error instanceof RotatorError)) throw error;
        if (error.kind !== 'in_doubt' && !isLast) return false;
        await tellOfDoubt(dependencies, attempt, error.message);
        return true;
      }
    },
  });
}

/** @throws RotatorError */
async function endLateKeys(dependencies: RotationDependencies, attempt: LostAttempt): Promise<boolean> {
  const before = await readLost(dependencies, attempt);
  if (before === null) return true;
  if (before.isMinting) return false;
  const rotator = await openRotator(dependencies, before.parts);
  const found = await rotator.find(before.plan, before.recorded);
  if (found.length === 0) return false;
  const now = await readLost(dependencies, attempt);
  if (now === null) return true;
  // Found under the same name, but made by a new attempt meanwhile: it is being recorded, or it is.
  if (now.isMinting) return false;
  const late = found.filter(({ id }) => !now.recorded.some((known) => known.id === id));
  for (const provider_reference of late) await rotator.revoke({ provider_reference, value: null });
  if (late.length > 0) await settle(dependencies, attempt, late);
  return late.length > 0;
}

/** null: the attempt is settled. */
function readLost({ database }: RotationDependencies, { organizationId, mintAttemptId }: LostAttempt) {
  return database.inOrganization(organizationId, async (transaction) => {
    const attempt = await transaction.mintAttempt.findUnique({ where: { id: mintAttemptId } });
    if (attempt === null || !['open', 'lost'].includes(attempt.outcome)) return null;
    const { credentialId } = attempt;
    const credential = await transaction.credential.findUniqueOrThrow({ where: { id: credentialId } });
    const versions = await transaction.credentialVersion.findMany({ where: { credentialId } });
    return {
      plan: attempt.plan as unknown as MintPlan,
      parts: await readRotatorParts(transaction, credential),
      recorded: versions.flatMap(({ providerReference }) => (providerReference as ProviderReference | null) ?? []),
      isMinting: (await transaction.mintAttempt.count({ where: { credentialId, outcome: 'open' } })) > 0,
    };
  });
}

async function settle(
  { database }: RotationDependencies,
  { organizationId, operationId, mintAttemptId }: LostAttempt,
  late: ProviderReference[],
): Promise<void> {
  await database.inOrganization(organizationId, async (transaction) => {
    const { credentialId } = await transaction.mintAttempt.update({
      where: { id: mintAttemptId },
      data: { outcome: 'abandoned' },
    });
    const credential = await transaction.credential.findUniqueOrThrow({ where: { id: credentialId } });
    const keys = late.map(({ id }) => id);
    await auditRotation(transaction, { credential, operationId, action: 'revoke_late_key' }, { keys });
  });
}

/** Without the operation: the notice outlives it, until somebody says that they saw to it. */
async function tellOfDoubt(
  dependencies: RotationDependencies,
  { organizationId, mintAttemptId }: LostAttempt,
  question: string,
): Promise<void> {
  const planned = await dependencies.database.inOrganization(organizationId, async (transaction) => {
    const { credentialId } = await transaction.mintAttempt.findUniqueOrThrow({ where: { id: mintAttemptId } });
    const { id, name } = await transaction.credential.findUniqueOrThrow({ where: { id: credentialId } });
    const text = `A key for "${name}" may have been made late at its provider. End there what nobody uses. ${question}`;
    return giveNotice(transaction, dependencies, {
      kind: 'key_left',
      severity: 'critical',
      target: { kind: 'credential', id, name },
      matter: mintAttemptId,
      occasion: 'late',
      title: 'A key may be left at a provider',
      text,
      path: '/credentials',
      to: { role: 'manager' },
    });
  });
  await attemptDeliveries(dependencies, planned);
}
