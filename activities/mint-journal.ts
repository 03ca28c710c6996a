import { ApplicationFailure } from '@temporalio/common';
import { v7 as uuid } from 'uuid';
import type { CredentialRotation } from '../core/domain/rotation.ts';
import type { MintJournal } from '../core/rotators/mint-once.ts';
import type { MintedKey, MintPlan, Rotator } from '../core/rotators/rotator.ts';
import { type NewVersion, storeStagedVersion } from '../core/services/credential-versions.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';

/** Where the attempts to make a key for one credential are written down: table `mint_attempt`. */
export function createMintJournal(
  { database, vault, workflows }: RotationDependencies,
  rotator: Rotator,
  { organizationId, credentialId, operationId, createdBy }: CredentialRotation & Pick<NewVersion, 'createdBy'>,
): MintJournal<string> {
  const open = { credentialId, outcome: 'open' };
  let ownAttempt: string | undefined;

  return {
    unfinished: () =>
      database.inOrganization(organizationId, async (transaction) => {
        const attempt = await transaction.mintAttempt.findFirst({ where: open });
        return attempt === null ? null : (attempt.plan as unknown as MintPlan);
      }),

    async begin(plan) {
      ownAttempt = uuid();
      await database.inOrganization(organizationId, (transaction) =>
        transaction.mintAttempt.create({
          data: { id: ownAttempt, organizationId, credentialId, operationId, plan: { ...plan } },
        }),
      );
    },

    /** A worker that was away for long may find its attempt taken for lost: then its key must not stay behind. */
    async keep(minted) {
      await vault.prepare(organizationId);
      const versionId = await database.inOrganization(organizationId, async (transaction) => {
        const { count } = await transaction.mintAttempt.updateMany({
          where: { id: ownAttempt ?? '', outcome: 'open' },
          data: { outcome: 'minted', settledAt: new Date() },
        });
        if (count === 0) return null;
        return storeStagedVersion(transaction, vault, versionFrom(minted));
      });
      if (versionId !== null) return versionId;
      await rotator.revoke(minted);
      throw ApplicationFailure.retryable('Another attempt took the place of this one.', 'AttemptLost');
    },

    async abandon() {
      await database.inOrganization(organizationId, (transaction) =>
        transaction.mintAttempt.updateMany({ where: open, data: { outcome: 'abandoned', settledAt: new Date() } }),
      );
    },

    /** The watch starts first: whatever dies in between, no lost attempt is without one. */
    async lose() {
      const lost = await database.inOrganization(organizationId, (transaction) =>
        transaction.mintAttempt.findFirst({ where: open }),
      );
      if (lost === null) return;
      await workflows.startLateKeyWatch({ organizationId, operationId, mintAttemptId: lost.id });
      await database.inOrganization(organizationId, (transaction) =>
        transaction.mintAttempt.updateMany({
          where: { id: lost.id, outcome: 'open' },
          data: { outcome: 'lost', settledAt: new Date() },
        }),
      );
    },
  };

  function versionFrom({ value, provider_reference }: MintedKey): NewVersion {
    return { credentialId, operationId, value, providerReference: provider_reference, createdBy };
  }
}
