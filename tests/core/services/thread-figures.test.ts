import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../../../core/domain/caller.ts';
import { forgetMessages } from '../../../core/services/email/change-messages.ts';
import { removeEmptyThreads } from '../../../core/services/email/empty-threads.ts';
import { MOST_COUNTED, refreshThreads } from '../../../core/services/email/thread-figures.ts';
import type { OrganizationTransaction } from '../../../core/store/database.ts';
import { Prisma } from '../../../core/store/generated/client.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';
import { seedMailbox } from '../../servers/seed-mailbox.ts';

let stack: TestDependencies;
let admin: Caller;
beforeAll(async () => {
  stack = await testDependencies();
  admin = await seedCaller(stack.dependencies.database, 'admin');
});
afterAll(() => stack.stop());

const inRows = <T>(work: (transaction: OrganizationTransaction) => Promise<T>) =>
  stack.dependencies.database.inOrganization(admin.organizationId, work);

/** An empty thread of a mailbox, with a way to receive messages in it. */
async function openThread(address: string) {
  const server = { ports: { imaps: 1 }, password: 'a-password' } as never;
  const mailbox = await seedMailbox(stack.dependencies, admin, { dovecot: server, address });
  const [threadId, folderId] = [uuid(), uuid()];
  const of = { organizationId: admin.organizationId, mailboxId: mailbox.id };
  await inRows(async (transaction) => {
    await transaction.mailboxFolder.create({ data: { ...of, id: folderId, path: 'INBOX', synced: true } });
    await transaction.emailThread.create({ data: { ...of, id: threadId, subject: '', lastMessageAt: new Date(0) } });
  });
  /** One a minute; the first of all is the only one that is read. */
  const receive = (from: number, to: number, begun: Date) =>
    inRows(async (transaction) => {
      await transaction.send(Prisma.sql`
        INSERT INTO email_message (id, organization_id, mailbox_id, folder_id, uid, thread_id, message_id, "from", "to", subject,
          received_at, seen, size_bytes)
        SELECT gen_random_uuid(), ${of.organizationId}::uuid, ${mailbox.id}::uuid, ${folderId}::uuid, n, ${threadId}::uuid, n::text,
          '[{"name": "Ben", "address": "ben@mail.test"}]', '[]', 'No ' || n, ${begun}::timestamptz + n * interval '1 minute',
          n = 1, 1
        FROM generate_series(${from}::int, ${to}::int) AS n`);
      await refreshThreads(transaction, [threadId]);
      return transaction.emailThread.findUniqueOrThrow({ where: { id: threadId } });
    });
  return { threadId, folderId, mailbox, receive };
}

test('a thread of however many messages is added up in bounded time: by the latest of them', async () => {
  const { receive } = await openThread('support@mail.test');
  const begun = new Date('2026-01-01T00:00:00Z');
  expect(await receive(1, 9, begun)).toMatchObject({ subject: 'No 1', messageCount: 9, unreadCount: 8 });
  const minutes = MOST_COUNTED + 50;
  expect(await receive(10, minutes, begun)).toMatchObject({
    subject: 'No 1',
    messageCount: MOST_COUNTED,
    unreadCount: MOST_COUNTED,
    lastMessageAt: new Date(begun.getTime() + minutes * 60_000),
    writers: [{ name: 'Ben', address: 'ben@mail.test' }],
  });
});

test('an empty thread is removed in time, whatever date its last message bore', async () => {
  const { threadId, folderId, mailbox, receive } = await openThread('made-up@mail.test');
  await receive(1, 1, new Date('2199-01-01T00:00:00Z'));
  const left = async () => {
    await inRows((transaction) => removeEmptyThreads(transaction, mailbox.id));
    return inRows((transaction) => transaction.emailThread.count({ where: { id: threadId } }));
  };
  expect(await left()).toBe(1);
  await inRows((transaction) => forgetMessages(transaction, folderId, [1]));
  // It may have been moved.
  expect(await left()).toBe(1);
  await inRows((transaction) =>
    transaction.send(Prisma.sql`
      UPDATE email_thread SET last_message_at = last_message_at - interval '31 days' WHERE id = ${threadId}::uuid`),
  );
  expect(await left()).toBe(0);
});
