import { z } from 'zod';
import { nameConflict } from '../services/agents.ts';
import { describeCredential, findDeletedCredential } from '../services/credentials.ts';
import { defineOperation } from './define-operation.ts';
import { name, reference } from './members.ts';
import { credentialView } from './views.ts';

export const restoreCredential = defineOperation({
  name: 'restore_credential',
  title: 'Restore a deleted credential',
  kind: 'W',
  area: 'credentials',
  description: 'Brings back a credential deleted within 7 days, with its value, allowed hosts and settings.',
  examples: [{ credential: 'old-key' }],
  input: z.strictObject({
    credential: reference.describe('Its ID, or the name that it had.'),
    new_name: name.optional().describe('Needed when the old name is taken by now.'),
  }),
  output: z.object({ credential: credentialView }),
  rest: { method: 'POST', path: '/credentials/{credential}/restore' },
  async run({ transaction, auditTarget }, input) {
    const found = await findDeletedCredential(transaction, input.credential);
    auditTarget({ kind: 'credential', id: found.id, name: found.name });
    await transaction.$queryRaw`SELECT id FROM credential WHERE id = ${found.id}::uuid FOR UPDATE`;
    const credential = await findDeletedCredential(transaction, found.id);
    const values = await transaction.credentialVersion.count({
      where: { credentialId: credential.id, state: 'current' },
    });
    const restoredName = input.new_name ?? credential.name;
    await nameConflict(
      'a credential',
      restoredName,
      transaction.credential.update({
        where: { id: credential.id },
        data: {
          name: restoredName,
          status: values > 0 ? 'active' : 'awaiting_value',
          deletedAt: null,
          restorableUntil: null,
          version: { increment: 1 },
          updatedAt: new Date(),
        },
      }),
      'Give new_name to restore it under another name.',
    );
    return { credential: await describeCredential(transaction, credential.id) };
  },
});
