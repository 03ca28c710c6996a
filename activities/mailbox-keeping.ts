import { heartbeat } from '@temporalio/activity';
import type { Dependencies } from '../core/dependencies.ts';
import { recordSystemEvent } from '../core/services/audit.ts';
import { removeThreads } from '../core/services/email/empty-threads.ts';
import type { Database, OrganizationTransaction } from '../core/store/database.ts';
import { Prisma } from '../core/store/generated/client.ts';
import type { DueRow, JobsDatabase } from '../core/store/jobs-database.ts';
import { forEachDue } from './for-each-due.ts';

type MailboxKeepingDependencies = Pick<Dependencies, 'database' | 'workflows'> & { jobs: JobsDatabase };

export type MailboxKeepingActivities = ReturnType<typeof createMailboxKeepingActivities>;

/** What the workflow `keepMailboxes` does; each may be done again at any time. */
export function createMailboxKeepingActivities({ database, workflows, jobs }: MailboxKeepingDependencies) {
  return {
    /** Every mailbox has its sync running, whatever became of an earlier one. */
    async startSilentSyncs(): Promise<void> {
      await forEachDue(await jobs.silentMailboxes(), ({ id, organizationId }) =>
        workflows.startMailboxSync({ organizationId, mailboxId: id }),
      );
    },

    async purgeDeletedMailboxes(): Promise<void> {
      await forEachDue(await jobs.purgeableMailboxes(), (mailbox) => purgeMailbox(database, mailbox));
    },
  };
}

const BATCH = 2_000;

/**
 * Invariant 8: only after its seven days. What was read of it goes, piece by piece, and what was written in it; the row
 * stays as a tombstone, because the audit trail keeps its address.
 */
async function purgeMailbox(database: Database, { id, organizationId }: DueRow): Promise<void> {
  const isDue = { id, deletedAt: { not: null }, purgedAt: null, restorableUntil: { lt: new Date() } };
  for (const removePiece of [removeMessages, removeThreads]) {
    let removed = 1;
    while (removed > 0) {
      heartbeat(id);
      removed = await database.inOrganization(organizationId, async (transaction) =>
        (await transaction.mailbox.count({ where: isDue })) === 0 ? 0 : removePiece(transaction, id),
      );
    }
  }
  await database.inOrganization(organizationId, async (transaction) => {
    await transaction.$queryRaw`SELECT id FROM mailbox WHERE id = ${id}::uuid FOR UPDATE`;
    const mailbox = await transaction.mailbox.findFirst({ where: isDue });
    if (mailbox === null) return;
    await transaction.mailboxFolder.deleteMany({ where: { mailboxId: id } });
    await forgetWritten(transaction, id);
    await transaction.mailbox.update({ where: { id }, data: { purgedAt: new Date() } });
    await recordSystemEvent(transaction, {
      action: 'purge_mailbox',
      target: { kind: 'mailbox', id, name: mailbox.address },
    });
  });
}

function removeMessages(transaction: OrganizationTransaction, mailboxId: string): Promise<number> {
  return transaction.$executeRaw(Prisma.sql`DELETE FROM email_message
    WHERE ctid IN (SELECT ctid FROM email_message WHERE mailbox_id = ${mailboxId}::uuid LIMIT ${BATCH})`);
}

/** Drafts end as others long ago did, which the housekeeping deletes; of mails that were sent all goes that was in them. */
async function forgetWritten(transaction: OrganizationTransaction, mailboxId: string): Promise<void> {
  await transaction.emailDraft.updateMany({ where: { mailboxId }, data: { state: 'gone', updatedAt: new Date(0) } });
  await transaction.outgoingEmail.updateMany({
    where: { mailboxId },
    data: {
      sealed: null,
      wrappedKey: null,
      wrapKeyId: null,
      subject: '',
      recipients: [],
      serverAnswer: null,
      bounces: [],
    },
  });
}
