import { z } from 'zod';
import { nameConflict } from '../services/agents.ts';
import { describeMailboxSettings, findDeletedMailbox, startSync } from '../services/mailbox-settings.ts';
import { defineOperation } from './define-operation.ts';
import { mailboxReference, mailboxSettingsView } from './mailbox-members.ts';

export const restoreMailbox = defineOperation({
  name: 'restore_mailbox',
  title: 'Reconnect a deleted mailbox',
  kind: 'W',
  area: 'email',
  role: 'admin',
  restOnly: true,
  description: 'Brings back a mailbox deleted within 7 days, with its settings and all that was read of it.',
  examples: [{ mailbox: 'old@example.com' }],
  input: z.strictObject({ mailbox: mailboxReference.describe('Its ID, or the address that it had.') }),
  output: z.object({ mailbox: mailboxSettingsView }),
  rest: { method: 'POST', path: '/mailboxes/{mailbox}/restore' },
  async run(context, input) {
    const { transaction } = context;
    const mailbox = await findDeletedMailbox(transaction, input.mailbox);
    context.auditTarget({ kind: 'mailbox', id: mailbox.id, name: mailbox.address });
    await nameConflict(
      'a mailbox',
      mailbox.address,
      transaction.mailbox.update({
        where: { id: mailbox.id },
        data: { deletedAt: null, restorableUntil: null, version: { increment: 1 }, updatedAt: new Date() },
      }),
      'Delete that one first.',
    );
    context.afterCommit(() => startSync(context, mailbox));
    return { mailbox: await describeMailboxSettings(transaction, mailbox.id) };
  },
});
