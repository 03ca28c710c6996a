import { createChannel } from '../../core/operations/create-channel.ts';
import { draftEmail } from '../../core/operations/draft-email.ts';
import { invoke } from '../../core/operations/invoke.ts';
import { sendEmail } from '../../core/operations/send-email.ts';
import { seedMailbox } from '../servers/seed-mailbox.ts';
import type { DashboardApp, Member } from './dashboard-app.ts';

/** A channel, and a mailbox whose servers nobody asks, with a thread, a draft and a mail on its way. @returns the thread's ID */
export async function seedMail({ dependencies }: DashboardApp, caller: Member): Promise<string> {
  const { database } = dependencies;
  const { organizationId } = caller;
  const address = 'support@acme.test';
  const { id: mailboxId } = await seedMailbox(dependencies, caller, {
    dovecot: { ports: { imaps: 1 }, password: 'a quiet walk' },
    address,
  });
  const threadId = await database.inOrganization(organizationId, async (transaction) => {
    const { id: folderId } = await transaction.mailboxFolder.create({
      data: { organizationId, mailboxId, path: 'INBOX', role: 'inbox', synced: true },
    });
    const thread = await transaction.emailThread.create({
      data: {
        organizationId,
        mailboxId,
        subject: 'The invoice',
        writers: [{ name: 'Anna', address: 'anna@other.test' }],
        messageCount: 1,
        unreadCount: 1,
        lastMessageAt: new Date(),
      },
    });
    await transaction.emailMessage.create({
      data: {
        organizationId,
        mailboxId,
        folderId,
        threadId: thread.id,
        uid: 1n,
        messageId: 'm1@other.test',
        referenceIds: [],
        from: [{ name: 'Anna', address: 'anna@other.test' }],
        to: [{ name: 'Acme', address }],
        subject: 'The invoice',
        receivedAt: new Date(),
        seen: false,
        flags: [],
        sizeBytes: 100n,
      },
    });
    return thread.id;
  });
  const call = { caller, signal: AbortSignal.abort() };
  const mail = { mailbox: mailboxId, to: ['anna@other.test'], subject: 'The parcel', text: 'It is on its way.' };
  await invoke(draftEmail, { ...call, input: mail }, dependencies);
  await invoke(sendEmail, { ...call, input: mail }, dependencies);
  await invoke(
    createChannel,
    { ...call, input: { name: 'on-call', kind: 'email', addresses: ['oncall@acme.test'] } },
    dependencies,
  );
  return threadId;
}
