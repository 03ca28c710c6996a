import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../../../core/domain/caller.ts';
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

test('a thread of however many messages is added up in bounded time: by the latest of them', async () => {
  const { organizationId } = admin;
  const server = { ports: { imaps: 1 }, password: 'a-password' } as never;
  const mailbox = await seedMailbox(stack.dependencies, admin, { dovecot: server, address: 'support@mail.test' });
  const [threadId, folderId] = [uuid(), uuid()];
  const of = { organizationId, mailboxId: mailbox.id };
  const begun = new Date('2026-01-01T00:00:00Z');
  /** One a minute; the first of all is the only one that is read. */
  const receive = (from: number, to: number) =>
    inRows(async (transaction) => {
      await transaction.send(Prisma.sql`
        INSERT INTO email_message (id, organization_id, mailbox_id, folder_id, uid, thread_id, message_id, "from", "to", subject,
          received_at, seen, size_bytes)
        SELECT gen_random_uuid(), ${organizationId}::uuid, ${mailbox.id}::uuid, ${folderId}::uuid, n, ${threadId}::uuid, n::text,
          '[{"name": "Ben", "address": "ben@mail.test"}]', '[]', 'No ' || n, ${begun}::timestamptz + n * interval '1 minute',
          n = 1, 1
        FROM generate_series(${from}::int, ${to}::int) AS n`);
      await refreshThreads(transaction, [threadId]);
      return transaction.emailThread.findUniqueOrThrow({ where: { id: threadId } });
    });
  await inRows(async (transaction) => {
    await transaction.mailboxFolder.create({ data: { ...of, id: folderId, path: 'INBOX', synced: true } });
    await transaction.emailThread.create({ data: { ...of, id: threadId, subject: '', lastMessageAt: begun } });
  });
  expect(await receive(1, 9)).toMatchObject({ subject: 'No 1', messageCount: 9, unreadCount: 8 });
  const minutes = MOST_COUNTED + 50;
  expect(await receive(10, minutes)).toMatchObject({
    subject: 'No 1',
    messageCount: MOST_COUNTED,
    unreadCount: MOST_COUNTED,
    lastMessageAt: new Date(begun.getTime() + minutes * 60_000),
    writers: [{ name: 'Ben', address: 'ben@mail.test' }],
  });
});
