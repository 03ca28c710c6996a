import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import type { Mailbox } from '../../../core/store/generated/client.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { type DovecotServer, startTestDovecot } from '../../servers/dovecot-server.ts';
import { seedCaller } from '../../servers/seed.ts';
import { seedMailbox } from '../../servers/seed-mailbox.ts';
import { syncMailboxOnce } from '../../servers/synced-mailbox.ts';
import { type Answer, call } from '../operations/call.ts';
import { AWKWARD, pythonsCorpus } from './awkward-letters.ts';

describeNeeding(['dovecot'], 'awkward mail', () => {
  let dovecot: DovecotServer;
  let stack: TestDependencies;
  let manager: Caller;
  let mailbox: Mailbox;
  const letters = { ...AWKWARD, ...pythonsCorpus() };

  beforeAll(async () => {
    dovecot = await startTestDovecot();
    stack = await testDependencies({ environment: { AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8,::1/128' } });
    manager = await seedCaller(stack.dependencies.database, 'manager');
    mailbox = await seedMailbox(stack.dependencies, manager, { dovecot, address: 'support@mail.test' });
    const at = new Date('2026-06-01T10:00:00Z');
    await dovecot.fill(
      'support@mail.test',
      Object.values(letters).map((source) => ({ source, seen: false, at })),
    );
  });
  afterAll(async () => {
    await stack?.stop();
    await dovecot?.stop();
  });

  const run = (name: string, input: object): Promise<Answer> => call(stack.dependencies, manager, name, input);

  test('each message has its row, in bounded time and memory', async () => {
    const before = process.memoryUsage().rss;
    const begun = performance.now();
    expect(await syncMailboxOnce(stack.dependencies, mailbox)).toEqual({ outcome: 'again' });
    expect(performance.now() - begun).toBeLessThan(30_000);
    expect((process.memoryUsage().rss - before) / 1_048_576).toBeLessThan(200);
    const rows = await stack.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
      transaction.emailMessage.count(),
    );
    expect(rows).toBe(Object.keys(letters).length);
  });

  test('each thread can be read, in answers of bounded size', async () => {
    let cursor: string | undefined;
    do {
      const page = await run('list_email_threads', { mailbox: 'support@', cursor });
      for (const { id } of page.items) {
        const { items } = await run('get_email_thread', { thread: id });
        expect(items.length).toBeGreaterThan(0);
        expect(Buffer.byteLength(JSON.stringify(items))).toBeLessThan(100_000);
      }
      cursor = page.next_cursor ?? undefined;
    } while (cursor !== undefined);
  });

  test.each<[string, string, string]>([
    ['invalid UTF-8', 'invalid utf8', 'broken \ufffd( \ufffd end'],
    ['an unknown charset', 'charset', 'café'],
    ['UTF-16', 'utf16', 'wide text'],
    ['Japanese', 'japanese', 'こんにちは'],
    ['an unclosed multipart', 'unclosed', 'still text'],
    ['wrong quoted-printable', 'qp', '=ZZ é end='],
  ])('of %s the text is readable', async (_what, subject, text) => {
    const { items } = await run('list_email_threads', { mailbox: 'support@', limit: 200 });
    const { id } = items.find((thread: Answer) => thread.subject === subject);
    expect((await run('get_email_thread', { thread: id })).items[0].text).toBe(text);
  });
});
