import { z } from 'zod';
import { RESTORABLE_DAYS } from '../domain/long-running.ts';
import { PublicError } from '../errors.ts';
import { describeCredential, findCredential } from '../services/credentials.ts';
import { requireNoMailbox } from '../services/mailboxes.ts';
import { defineOperation } from './define-operation.ts';
import { dryRun, reference } from './members.ts';
import { credentialView } from './views.ts';

export const deleteCredential = defineOperation({
  name: 'delete_credential',
  title: 'Delete a credential',
  kind: 'D',
  area: 'credentials',
  description: `Takes a credential that no agent and no mailbox uses out of the vault. restore_credential brings it back for ${RESTORABLE_DAYS} days; then its value is destroyed.`,
  examples: [{ credential: 'old-key' }],
  input: z.strictObject({ credential: reference, dry_run: dryRun }),
  output: z.object({ credential: credentialView, dry_run: z.boolean(), would: z.array(z.string()) }),
  rest: { method: 'DELETE', path: '/credentials/{credential}' },
  async run({ transaction, auditTarget }, input) {
    const found = await findCredential(transaction, input.credential);
    auditTarget({ kind: 'credential', id: found.id, name: found.name });
    await transaction.$queryRaw`SELECT id FROM credential WHERE id = ${found.id}::uuid FOR UPDATE`;
    const credential = await findCredential(transaction, found.id);
    const links = await transaction.credentialLink.findMany({
      where: { credentialId: credential.id, agent: { deletedAt: null } },
      include: { agent: true },
    });
    if (links.length > 0) {
      const names = links.map(({ agent }) => agent.name).join(', ');
      throw new PublicError('conflict', `"${credential.name}" is linked to ${names}. Unlink it there first.`);
    }
    await requireNoMailbox(transaction, credential);
    if (credential.rotation !== null) {
      throw new PublicError('conflict', `"${credential.name}" is being rotated. Cancel that first.`, {
        members: { tools: ['cancel_operation'] },
      });
    }
    if (!input.dry_run) {
      const now = Date.now();
      await transaction.credential.update({
        where: { id: credential.id },
        data: {
          status: 'deleted',
          deletedAt: new Date(now),
          restorableUntil: new Date(now + RESTORABLE_DAYS * 86_400_000),
          version: { increment: 1 },
          updatedAt: new Date(now),
        },
      });
      await transaction.oneTimeLink.updateMany({
        where: { credentialId: credential.id, usedAt: null, endedAt: null },
        data: { endedAt: new Date(now) },
      });
    }
    return {
      credential: await describeCredential(transaction, credential.id),
      dry_run: input.dry_run === true,
      would: [`keep "${credential.name}" restorable for ${RESTORABLE_DAYS} days`, 'destroy its value after that'],
    };
  },
});
