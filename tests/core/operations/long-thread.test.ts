import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { type DovecotServer, startTestDovecot } from '../../servers/dovecot-server.ts';
import { seedCaller } from '../../servers/seed.ts';
import { seedMailbox } from '../../servers/seed-mailbox.ts';
import { syncMailboxOnce } from '../../servers/synced-mailbox.ts';
import { type Answer, call } from './call.ts';

const MESSAGES = 5_000;
const ADDRESS = 'support@mail.test';
/** What an app may be answered with at most, 20,000 tokens, is more. */
const LONGEST_ANSWER = 64_000;

/** A discussion in which each answers the one before, with all that was written so far named as far as programs do. */
function* discussion() {
  const start = Date.UTC(2026, 0, 1);
  for (let number = 0; number < MESSAGES; number++) {
    const earlier = Array.from({ length: Math.min(number, 60) }, (_, back) => `<${number - 1 - back}@talk.test>`);
    const headers = [
      `Message-ID: <${number}@talk.test>`,
      `From: Writer ${number % 40} <writer${number % 40}@talk.test>`,
      `To: ${ADDRESS}`,
      `Subject: ${number === 0 ? '' : 'Re: '}The lamp`,
      ...(number === 0 ? [] : [`In-Reply-To: ${earlier[0]}`, `References: ${earlier.toReversed().join('\r\n ')}`]),
    ];
    const source = `${headers.join('\r\n')}\r\n\r\nLetter ${number}. ${'It is still broken. '.repeat(100)}\r\n`;
    yield { source, seen: false, at: new Date(start + number * 60_000) };
  }
}

describeNeeding(['dovecot'], 'a thread of 5,000 messages', () => {
  let dovecot: DovecotServer;
  let stack: TestDependencies;
  let manager: Caller;
  let thread: Answer;
  beforeAll(async () => {
    dovecot = await startTestDovecot();
    stack = await testDependencies({ environment: { AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8,::1/128' } });
    manager = await seedCaller(stack.dependencies.database, 'manager');
    await dovecot.fill(ADDRESS, discussion());
    await syncMailboxOnce(
      stack.dependencies,
      await seedMailbox(stack.dependencies, manager, { dovecot, address: ADDRESS }),
    );
  });
  afterAll(async () => {
    await stack?.stop();
    await dovecot?.stop();
  });

  const run = (name: string, input: object): Promise<Answer> => call(stack.dependencies, manager, name, input);

  test('is one thread, read page by page: each page bounded, each message once', async () => {
    const { items } = await run('list_email_threads', { mailbox: ADDRESS });
    expect(items).toMatchObject([{ messages: MESSAGES, unread: MESSAGES, subject: 'The lamp' }]);
    [thread] = items;
    const read: string[] = [];
    let cursor: string | undefined;
    do {
      const begun = performance.now();
      const page = await run('get_email_thread', { thread: thread.id, limit: 100, ...(cursor && { cursor }) });
      expect(performance.now() - begun).toBeLessThan(2_000);
      expect(Buffer.byteLength(JSON.stringify(page))).toBeLessThan(LONGEST_ANSWER);
      expect(page.thread).toMatchObject({ messages: MESSAGES });
      read.push(...page.items.map(({ text }: { text: string }) => /^Letter (\d+)/.exec(text)?.[1]));
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(read).toEqual(Array.from({ length: MESSAGES }, (_, back) => String(MESSAGES - 1 - back)));
  });

  test('is answered at its first message, and marked whole', async () => {
    const first = await stack.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
      transaction.emailMessage.findFirstOrThrow({ where: { messageId: '0@talk.test' } }),
    );
    const wouldSend = async (input: object) =>
      (await run('send_email', { thread: thread.id, text: 'It is on its way.', dry_run: true, ...input })).would[0];
    expect(await wouldSend({ message: first.id })).toMatch(/to Writer 0 <writer0@talk.test>$/);
    expect(await wouldSend({})).toMatch(/to Writer 39 <writer39@talk.test>$/);
    expect(await run('mark_email_thread', { thread: thread.id, read: true })).toEqual({ thread: thread.id, unread: 0 });
  });
});
