import { z } from 'zod';
import { RESTORABLE_DAYS } from '../domain/long-running.ts';
import { mailboxSyncWorkflowId } from '../domain/mailbox-sync.ts';
import { DAY_MS } from '../domain/times.ts';
import { describeMailboxSettings } from '../services/mailbox-settings.ts';
import { lockedMailbox } from '../services/mailboxes.ts';
import { defineOperation } from './define-operation.ts';
import { mailboxReference, mailboxSettingsView } from './mailbox-members.ts';
import { dryRun } from './members.ts';

export const deleteMailbox = defineOperation({
  name: 'delete_mailbox',
  title: 'Disconnect a mailbox',
  kind: 'D',
  area: 'email',
  role: 'admin',
  restOnly: true,
  description: `Ends sync and sending of a mailbox at once. restore_mailbox brings it back for ${RESTORABLE_DAYS} days; then what was read of it is destroyed here. Nothing changes at its servers.`,
  examples: [{ mailbox: 'old@example.com', dry_run: true }],
  input: z.strictObject({ mailbox: mailboxReference, dry_run: dryRun }),
  output: z.object({ mailbox: mailboxSettingsView, dry_run: z.boolean(), would: z.array(z.string()) }),
  rest: { method: 'DELETE', path: '/mailboxes/{mailbox}' },
  async run(context, input) {
    const { transaction } = context;
    const mailbox = await lockedMailbox(transaction, input.mailbox);
    context.auditTarget({ kind: 'mailbox', id: mailbox.id, name: mailbox.address });
    if (!input.dry_run) {
      const now = Date.now();
      await transaction.mailbox.update({
        where: { id: mailbox.id },
        data: {
          deletedAt: new Date(now),
          restorableUntil: new Date(now + RESTORABLE_DAYS * DAY_MS),
          version: { increment: 1 },
          updatedAt: new Date(now),
        },
      });
      // Its next look finds the row as well.
      context.afterCommit(() =>
        context.workflows.tellToLook(mailboxSyncWorkflowId({ mailboxId: mailbox.id })).catch(() => {}),
      );
    }
    return {
      mailbox: await describeMailboxSettings(transaction, mailbox.id),
      dry_run: input.dry_run === true,
      would: [
        `stop syncing and sending as ${mailbox.address}`,
        `keep it restorable for ${RESTORABLE_DAYS} days, then destroy what was read of it here`,
      ],
    };
  },
});
