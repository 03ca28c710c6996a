import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { createMailboxKeepingActivities } from '../../../activities/mailbox-keeping.ts';
import type { Caller } from '../../../core/domain/caller.ts';
import { operations } from '../../../core/operations/index.ts';
import { invoke } from '../../../core/operations/invoke.ts';
import type { OrganizationTransaction } from '../../../core/store/database.ts';
import type { Mailbox } from '../../../core/store/generated/client.ts';
import { type JobsDatabase, openJobsDatabase } from '../../../core/store/jobs-database.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { type DovecotServer, startTestDovecot } from '../../servers/dovecot-server.ts';
import { seedCaller } from '../../servers/seed.ts';
import { seedMailbox } from '../../servers/seed-mailbox.ts';
import { syncMailboxOnce } from '../../servers/synced-mailbox.ts';

const letter = (id: string, headers: string) =>
  `Message-ID: <${id}@mail.test>\r\nFrom: Ben <ben@mail.test>\r\n${headers}\r\n\r\nHello\r\n`;

describeNeeding(['dovecot'], 'what is kept of mail that is gone', () => {
  let dovecot: DovecotServer;
  let stack: TestDependencies;
  let jobs: JobsDatabase;
  let admin: Caller;
  beforeAll(async () => {
    dovecot = await startTestDovecot();
    stack = await testDependencies({ environment: { AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8,::1/128' } });
    jobs = openJobsDatabase(stack.testDatabase.urls.jobs);
    admin = await seedCaller(stack.dependencies.database, 'admin');
  });
  afterAll(async () => {
    await jobs?.close();
    await stack?.stop();
    await dovecot?.stop();
  });

  const inRows = <T>(work: (transaction: OrganizationTransaction) => Promise<T>) =>
    stack.dependencies.database.inOrganization(admin.organizationId, work);
  /** No workflow runs here, so nobody waits for one. */
  const run = (name: string, input: object) => {
    const operation = operations.find((candidate) => candidate.name === name);
    if (operation === undefined) throw new Error(`no operation ${name}`);
    return invoke(operation, { caller: admin, input, signal: AbortSignal.abort() }, stack.dependencies);
  };

  /** A mailbox with two letters in threads of their own that a third joins, and one more. */
  async function filled(address: string): Promise<Mailbox> {
    const mailbox = await seedMailbox(stack.dependencies, admin, { dovecot, address });
    const person = await dovecot.connect(address);
    await person.append('INBOX', letter('a', 'Subject: One'));
    await person.append('INBOX', letter('b', 'Subject: Two'));
    await person.append('INBOX', letter('d', 'Subject: Other'));
    await syncMailboxOnce(stack.dependencies, mailbox);
    await person.append('INBOX', letter('c', 'Subject: Both\r\nReferences: <a@mail.test> <b@mail.test>'));
    person.close();
    await syncMailboxOnce(stack.dependencies, mailbox);
    return mailbox;
  }
  const threadsOf = (mailboxId: string) =>
    inRows((transaction) => transaction.emailThread.findMany({ where: { mailboxId }, orderBy: { id: 'asc' } }));

  test('invariant 8: a deleted mailbox is whole for seven days; then nothing that was read or written in it is left', async () => {
    const mailbox = await filled('deleted@mail.test');
    const kept = await filled('kept@mail.test');
    for (const { address } of [mailbox, kept]) {
      await run('draft_email', { mailbox: address, to: ['ben@mail.test'], subject: 'Draft', text: 'Hello' });
      await run('send_email', { mailbox: address, to: ['ben@mail.test'], subject: 'Sent', text: 'Hello' });
    }
    const left = ({ id: mailboxId }: Mailbox) =>
      inRows(async (transaction) => ({
        messages: await transaction.emailMessage.count({ where: { mailboxId } }),
        threads: await transaction.emailThread.count({ where: { mailboxId } }),
        references: await transaction.emailReference.count({ where: { mailboxId } }),
        folders: await transaction.mailboxFolder.count({ where: { mailboxId } }),
        drafts: await transaction.emailDraft.count({ where: { mailboxId } }),
        texts: await transaction.outgoingEmail.count({ where: { mailboxId, sealed: { not: null } } }),
        envelopes: await transaction.outgoingEmail.count({
          where: { mailboxId, OR: [{ subject: { not: '' } }, { recipients: { isEmpty: false } }] },
        }),
      }));
    const whole = { messages: 4, threads: 3, references: 4, folders: 6, drafts: 1, texts: 1, envelopes: 1 };
    const purge = async () => {
      const { purgeDeletedMailboxes } = createMailboxKeepingActivities({ ...stack.dependencies, jobs });
      await new MockActivityEnvironment().run(purgeDeletedMailboxes);
      await jobs.deleteExpired();
    };
    await run('delete_mailbox', { mailbox: mailbox.address });
    await purge();
    expect(await left(mailbox)).toEqual(whole);
    await inRows((transaction) =>
      transaction.mailbox.update({
        where: { id: mailbox.id },
        data: { restorableUntil: new Date(Date.now() - 60_000) },
      }),
    );
    await purge();
    const nothing = Object.fromEntries(Object.keys(whole).map((name) => [name, 0]));
    expect(await left(mailbox)).toEqual(nothing);
    expect(await left(kept)).toEqual(whole);
  });

  test('a thread without messages is kept for a month, since one that was moved may come back', async () => {
    const mailbox = await filled('moved@mail.test');
    const person = await dovecot.connect(mailbox.address);
    await person.mailboxOpen('INBOX');
    await person.messageMove('1:*', 'Trash');
    person.close();
    const before = await threadsOf(mailbox.id);
    await syncMailboxOnce(stack.dependencies, mailbox);
    expect(await threadsOf(mailbox.id)).toMatchObject(before.map(({ id }) => ({ id, messageCount: 0 })));
    const [one] = before;
    const past = new Date(Date.now() - 31 * 86_400_000);
    await inRows((transaction) =>
      transaction.emailThread.update({ where: { id: one?.id ?? '' }, data: { lastMessageAt: past } }),
    );
    await syncMailboxOnce(stack.dependencies, mailbox);
    // With it goes the one that led to it.
    expect(await threadsOf(mailbox.id)).toMatchObject([{ subject: 'Other' }]);
  });
});
