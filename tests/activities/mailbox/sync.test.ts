import { once } from 'node:events';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { ImapFlow } from 'imapflow';
import { watch } from '../../../activities/mailbox-sync.ts';
import type { Caller } from '../../../core/domain/caller.ts';
import type { OrganizationTransaction } from '../../../core/store/database.ts';
import type { Mailbox } from '../../../core/store/generated/client.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { type DovecotServer, startTestDovecot } from '../../servers/dovecot-server.ts';
import { type PlainImap, POISON, startPlainImap } from '../../servers/plain-imap.ts';
import { seedCaller } from '../../servers/seed.ts';
import { seedMailbox } from '../../servers/seed-mailbox.ts';
import { syncMailboxOnce } from '../../servers/synced-mailbox.ts';

const letter = (id: string, headers: string, text = 'Hello') =>
  `Message-ID: <${id}@mail.test>\r\nFrom: Ben <ben@mail.test>\r\nTo: support@mail.test\r\n${headers}\r\n\r\n${text}\r\n`;

describeNeeding(['dovecot'], 'the sync of a mailbox', () => {
  let dovecot: DovecotServer;
  let plainImap: PlainImap;
  let stack: TestDependencies;
  let admin: Caller;
  let mailbox: Mailbox;
  /** As a person's mail program. */
  let person: ImapFlow;
  let number = 0;

  beforeAll(async () => {
    dovecot = await startTestDovecot();
    plainImap = await startPlainImap(dovecot);
    stack = await testDependencies({ environment: { AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8,::1/128' } });
    admin = await seedCaller(stack.dependencies.database, 'admin');
  });
  afterAll(async () => {
    await stack?.stop();
    await plainImap?.stop();
    await dovecot?.stop();
  });

  beforeEach(async () => {
    number += 1;
    const address = `support-${number}@mail.test`;
    mailbox = await seedMailbox(stack.dependencies, admin, { dovecot, address });
    person = await dovecot.connect(address);
  });

  afterEach(() => person.close());

  const inRows = <T>(work: (transaction: OrganizationTransaction) => Promise<T>) =>
    stack.dependencies.database.inOrganization(admin.organizationId, work);
  const threads = async () =>
    (
      await inRows((transaction) =>
        transaction.emailThread.findMany({ where: { mailboxId: mailbox.id, messageCount: { gt: 0 } } }),
      )
    ).toSorted((a, b) => a.subject.localeCompare(b.subject));
  const uids = async (path: string) => {
    const rows = await inRows((transaction) =>
      transaction.emailMessage.findMany({
        where: { mailboxId: mailbox.id, folder: { path } },
        orderBy: { uid: 'asc' },
      }),
    );
    return rows.map(({ uid }) => Number(uid));
  };
  const row = () => inRows((transaction) => transaction.mailbox.findUniqueOrThrow({ where: { id: mailbox.id } }));
  const folder = (path: string) =>
    inRows((transaction) =>
      transaction.mailboxFolder.findUniqueOrThrow({ where: { mailboxId_path: { mailboxId: mailbox.id, path } } }),
    );
  const sync = () => syncMailboxOnce(stack.dependencies, mailbox);

  /** What a person does in their own mail program. */
  async function inFolder(path: string, act: () => Promise<unknown>): Promise<void> {
    const lock = await person.getMailboxLock(path);
    try {
      await act();
    } finally {
      lock.release();
    }
  }

  test('what is there is read into threads, over folders', async () => {
    await person.append('INBOX', letter('a', 'Subject: Question'));
    await person.append('INBOX', letter('b', 'Subject: Other'));
    await person.append('Sent', letter('c', 'Subject: Re: Question\r\nIn-Reply-To: <a@mail.test>'), ['\\Seen']);
    await person.append('Junk', letter('d', 'Subject: Re: Question\r\nIn-Reply-To: <a@mail.test>'));
    expect(await sync()).toEqual({ outcome: 'again' });
    expect(await threads()).toMatchObject([
      { subject: 'Other', messageCount: 1, unreadCount: 1 },
      { subject: 'Question', messageCount: 2, unreadCount: 1, writers: [{ name: 'Ben', address: 'ben@mail.test' }] },
    ]);
    expect(await row()).toMatchObject({ syncState: 'live', syncError: null });
  });

  test.each([
    ['CONDSTORE and QRESYNC', () => dovecot.ports.imaps, expect.any(BigInt)],
    ['neither', () => plainImap.port, null],
  ])(
    'what people read, move and delete elsewhere is so here, at a server with %s',
    async (_extensions, port, modseq) => {
      mailbox = await inRows((transaction) =>
        transaction.mailbox.update({ where: { id: mailbox.id }, data: { imapPort: port() } }),
      );
      for (const id of ['a', 'b', 'c', 'd']) await person.append('INBOX', letter(id, `Subject: ${id}`));
      await sync();
      expect(await folder('INBOX')).toMatchObject({ highestModseq: modseq });
      await inFolder('INBOX', async () => {
        await person.messageFlagsAdd('1', ['\\Seen', '\\Flagged'], { uid: true });
        await person.messageMove('2', 'Archive', { uid: true });
        await person.messageMove('3', 'Trash', { uid: true });
        await person.messageDelete('4', { uid: true });
      });
      const [, before] = await threads();
      await sync();
      expect([await uids('INBOX'), await uids('Archive')]).toEqual([[1], [1]]);
      const left = await threads();
      expect(left).toMatchObject([
        { subject: 'a', unreadCount: 0 },
        { subject: 'b', unreadCount: 1 },
      ]);
      // A thread stays the same, wherever its messages go.
      expect(left[1]?.id).toBe(before?.id);
    },
  );

  test('a message that breaks the connection each time keeps no other from being here, and is told of', async () => {
    mailbox = await inRows((transaction) =>
      transaction.mailbox.update({ where: { id: mailbox.id }, data: { imapPort: plainImap.port } }),
    );
    for (const id of ['a', POISON, 'b', `other ${POISON}`, 'c']) {
      await person.append('INBOX', letter(id.replace(' ', '-'), `Subject: ${id}`));
    }
    const outcomes: string[] = [];
    while (outcomes.at(-1) !== 'again') outcomes.push((await sync()).outcome);
    // Together, then each of both alone for three times.
    expect(outcomes).toEqual([...Array(7).fill('lost'), 'again']);
    const unreadable = { subject: expect.stringContaining('cannot give'), messageCount: 1 };
    expect(await threads()).toMatchObject([
      unreadable,
      unreadable,
      { subject: 'a' },
      { subject: 'b' },
      { subject: 'c' },
    ]);
    expect(await folder('INBOX')).toMatchObject({ trouble: { 2: expect.any(String), 4: expect.any(String) } });
    await person.append('INBOX', letter('d', 'Subject: d'));
    expect(await sync()).toEqual({ outcome: 'again' });
    expect(await uids('INBOX')).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test('a message that was told of as unreadable is tried again once a day, and then stands in its place', async () => {
    const by = (imapPort: number) =>
      inRows((transaction) => transaction.mailbox.update({ where: { id: mailbox.id }, data: { imapPort } }));
    const aDayLater = async () => {
      const told = (await folder('Archive')).trouble as Record<string, string>;
      const trouble = Object.fromEntries(
        Object.entries(told).map(([uid, at]) => [uid, new Date(Date.parse(at) - 86_400_000).toISOString()]),
      );
      await inRows((transaction) =>
        transaction.mailboxFolder.updateMany({ where: { mailboxId: mailbox.id, path: 'Archive' }, data: { trouble } }),
      );
    };
    const subjects = async () => (await threads()).map(({ subject }) => subject);
    mailbox = await by(plainImap.port);
    const sentAt = new Date('2026-03-01T10:00:00Z');
    await person.append('Archive', letter('first', `Subject: ${POISON}`), [], sentAt);
    await person.append('Archive', letter('second', `Subject: Also ${POISON}`), [], sentAt);
    while ((await sync()).outcome !== 'again');
    const [, placeholder] = await threads();
    const answer = letter('answer', 'Subject: Re: It\r\nIn-Reply-To: <first@mail.test>');
    await person.append('Sent', answer, ['\\Seen'], new Date('2026-03-02T10:00:00Z'));
    await inFolder('Archive', () => person.messageFlagsAdd('1', ['\\Seen'], { uid: true }));
    await sync();
    // One that still breaks the connection does so once, and the other waits.
    await aDayLater();
    expect((await sync()).outcome).toBe('lost');
    expect((await sync()).outcome).toBe('again');
    mailbox = await by(dovecot.ports.imaps);
    await sync();
    expect(await subjects()).not.toContain(`Also ${POISON}`);
    await aDayLater();
    await sync();
    expect(await threads()).toMatchObject([
      { subject: `Also ${POISON}`, messageCount: 1, unreadCount: 1, lastMessageAt: sentAt },
      { subject: POISON, messageCount: 2, unreadCount: 0, lastMessageAt: new Date('2026-03-02T10:00:00Z') },
    ]);
    expect(await folder('Archive')).toMatchObject({ trouble: {} });
    expect(await uids('Archive')).toEqual([1, 2]);
    const known = await inRows((transaction) =>
      transaction.emailThread.findUniqueOrThrow({ where: { id: placeholder?.id ?? '' } }),
    );
    expect([known.messageCount > 0, known.mergedInto !== null]).toContain(true);
  });

  test('a folder whose UIDs mean others by now is read anew: nothing twice, in the threads of before', async () => {
    const fill = async (ids: string[]) => {
      await person.mailboxCreate('Projects');
      for (const id of ids) await person.append('Projects', letter(id, `Subject: ${id}`));
    };
    const idOf = async (subject: string) => (await threads()).find((thread) => thread.subject === subject)?.id;
    await fill(['a', 'b', 'c']);
    await person.append('INBOX', letter('answer', 'Subject: Re: c\r\nIn-Reply-To: <c@mail.test>'));
    await sync();
    const before = { ...(await folder('Projects')), a: await idOf('a'), c: await idOf('c') };
    await person.mailboxDelete('Projects');
    await fill(['c', 'd', 'a']);
    await sync();
    expect((await folder('Projects')).uidValidity).not.toBe(before.uidValidity);
    expect(await uids('Projects')).toEqual([1, 2, 3]);
    expect(await threads()).toMatchObject([
      { subject: 'a', messageCount: 1, id: before.a },
      { subject: 'c', messageCount: 2, id: before.c },
      { subject: 'd', messageCount: 1 },
    ]);
    // Also where it was away for a while.
    await person.mailboxDelete('Projects');
    await sync();
    expect(await threads()).toMatchObject([{ subject: 'Re: c', messageCount: 1, id: before.c }]);
    await fill(['c']);
    await sync();
    expect(await threads()).toMatchObject([{ subject: 'c', messageCount: 2, id: before.c }]);
  });

  test('a message that was missed is read later, wherever it stands', async () => {
    for (const id of ['a', 'b', 'c']) await person.append('INBOX', letter(id, `Subject: ${id}`));
    await sync();
    await inRows((transaction) => transaction.emailMessage.deleteMany({ where: { mailboxId: mailbox.id, uid: 2 } }));
    await sync();
    expect(await uids('INBOX')).toEqual([1, 2, 3]);
  });

  test('new mail is here at once, also what comes while the folder is being looked at', async () => {
    const off = new AbortController();
    await sync();
    const { organizationId, id: mailboxId } = mailbox;
    let begun = Number.NaN;
    const { database } = stack.dependencies;
    const inOrganization: typeof database.inOrganization = async (...call) => {
      const done = await database.inOrganization(...call);
      if (Number.isNaN(begun) && (await threads()).length === 1) {
        begun = performance.now();
        await person.append('INBOX', letter('b', 'Subject: Second'));
      }
      return done;
    };
    const dependencies = { ...stack.dependencies, database: { ...database, inOrganization } };
    const watching = watch(dependencies, { organizationId, mailboxId }, off.signal);
    await person.append('INBOX', letter('a', 'Subject: First'));
    while ((await threads()).length < 2) await new Promise(setImmediate);
    // The server tells; nothing waits for the next look.
    expect(performance.now() - begun).toBeLessThan(10_000);
    off.abort();
    expect(await watching).toEqual({ outcome: 'again' });
  });

  test('a server that goes away is told in the row, and found again', async () => {
    await sync();
    const { organizationId, id: mailboxId } = mailbox;
    const watching = watch(stack.dependencies, { organizationId, mailboxId }, new AbortController().signal);
    await person.append('INBOX', letter('a', 'Subject: Before'));
    while ((await threads()).length < 1) await new Promise(setImmediate);
    const left = once(person, 'close');
    await dovecot.restart();
    expect(await watching).toMatchObject({ outcome: 'lost' });
    expect(await row()).toMatchObject({
      syncState: 'failing',
      syncError: 'The connection to the IMAP server was lost.',
    });
    await left;
    expect(await sync()).toEqual({ outcome: 'again' });
    expect(await row()).toMatchObject({ syncState: 'live', syncError: null });
  });

  test('a failure that is not the mail server’s is told in the row too', async () => {
    await person.append('INBOX', letter('a', 'Subject: Question'));
    const { vault } = stack.dependencies;
    const seal = () => Promise.reject(new Error('no such key'));
    const dependencies = { ...stack.dependencies, vault: { ...vault, seal } };
    const { organizationId, id: mailboxId } = mailbox;
    const watching = watch(dependencies, { organizationId, mailboxId }, new AbortController().signal);
    await expect(watching).rejects.toThrow('no such key');
    expect(await row()).toMatchObject({
      syncState: 'failing',
      syncError: expect.stringContaining('not the mail server'),
    });
    await sync();
    expect(await row()).toMatchObject({ syncState: 'live', syncError: null });
  });

  test('a refused sign-in is told in words, and not tried again at once', async () => {
    await inRows((transaction) =>
      transaction.credential.update({ where: { id: mailbox.credentialId }, data: { allowedHosts: [] } }),
    );
    expect(await sync()).toEqual({ outcome: 'refused' });
    expect((await row()).syncError).toMatch(/may not be sent to localhost/);
    const wrong = await seedMailbox(stack.dependencies, admin, {
      dovecot: { ...dovecot, password: 'another-password' },
      address: `wrong-${number}@mail.test`,
    });
    mailbox = wrong;
    expect(await sync()).toEqual({ outcome: 'refused' });
    expect((await row()).syncError).toMatch(/^IMAP localhost:\d+: signing in failed/);
  });

  test('a mailbox has no more messages here than it may, which is told, and goes on once there is room', async () => {
    const append = (id: string) => person.append('INBOX', letter(id, `Subject: ${id}`));
    for (const id of ['one', 'two', 'three']) await append(id);
    const { organizationId, id: mailboxId } = mailbox;
    const off = new AbortController();
    const watchFull = () => watch(stack.dependencies, { organizationId, mailboxId }, off.signal, { mostMessages: 3 });
    await sync();
    await append('four');
    expect(await watchFull()).toEqual({ outcome: 'refused' });
    expect(await uids('INBOX')).toEqual([1, 2, 3]);
    const full = { syncState: 'failing', syncError: expect.stringContaining('3 messages here, and no more are read') };
    expect(await row()).toMatchObject(full);
    await inFolder('INBOX', () => person.messageDelete('1,2', { uid: true }));
    await append('five');
    const watching = watchFull();
    while ((await row()).syncState !== 'live') await new Promise(setImmediate);
    expect(await uids('INBOX')).toEqual([3, 4, 5]);
    off.abort();
    expect(await watching).toEqual({ outcome: 'again' });
  });

  test('a deleted mailbox is watched no more', async () => {
    await inRows((transaction) =>
      transaction.mailbox.update({ where: { id: mailbox.id }, data: { deletedAt: new Date() } }),
    );
    expect(await sync()).toEqual({ outcome: 'gone' });
  });
});
