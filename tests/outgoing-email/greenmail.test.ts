import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { DEMO_ADDRESS, demoInbox, demoSent } from '../../tools/demo/mail/letters.ts';
import type { Answer } from '../core/operations/call.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { startTestGreenmail } from '../servers/greenmail-server.ts';
import { syncMailboxOnce } from '../servers/synced-mailbox.ts';
import { type SenderBench, startMailHarnessAt } from './harness.ts';

/** A server without SPECIAL-USE, CONDSTORE and QRESYNC. */
describeNeeding(['java', 'mvn'], 'the demo’s mailbox at GreenMail', () => {
  const now = Date.now();
  let harness: Awaited<ReturnType<typeof startMailHarnessAt>>;
  let sender: SenderBench;
  beforeAll(async () => {
    const folders = { Sent: demoSent(now), Drafts: [], INBOX: demoInbox(now) };
    const greenmail = await startTestGreenmail(DEMO_ADDRESS, folders);
    harness = await startMailHarnessAt(greenmail);
    sender = await harness.sender({ address: DEMO_ADDRESS, login: DEMO_ADDRESS, smtpPort: greenmail.ports.smtp });
    await sync();
  }, 300_000);
  afterAll(() => harness?.stop());

  const sync = () => syncMailboxOnce(harness.dependencies, sender.mailbox);
  const threads = async (input: object = {}): Promise<Answer[]> =>
    (await sender.call('list_email_threads', { mailbox: DEMO_ADDRESS, ...input })).items;
  const invoice = async () => (await threads({ q: 'Invoice 2041' }))[0] as Answer;
  const messages = async (): Promise<Answer[]> =>
    (await sender.call('get_email_thread', { thread: (await invoice()).id })).items;

  test('has the demo’s letters in their threads, each with its date, and as unread what is', async () => {
    expect((await threads({ unread: true })).map(({ subject }) => subject)).toEqual([
      'Invoice 2041 was charged twice',
      'Cannot sign in since this morning',
      'Urgent: update of payment details',
      'Question about rate limits',
    ]);
    const hoursAgo = (await messages()).map(({ received_at }) =>
      Math.round((now - Date.parse(received_at)) / 3_600_000),
    );
    expect(hoursAgo).toEqual([3, 26, 50]);
  });

  test('carries a draft, its new version and a send, with one copy in Sent and the answered letter marked', async () => {
    const { id: thread } = await invoice();
    const { draft } = await sender.call('draft_email', { thread, text: 'It is on its way.' });
    expect(draft).toMatchObject({ in_mailbox: true, to: ['Priya Raman <priya@northwind.example>'] });
    const text = 'It has been refunded.';
    await sender.call('update_email_draft', { draft: draft.id, text, expected_version: 1 });
    expect((await sender.folder('Drafts')).map(({ source }) => source.includes(text))).toEqual([true]);

    const { operation_id } = await sender.call('send_email', { draft: draft.id, undo_seconds: 0 });
    expect(await sender.ends(operation_id)).toMatchObject({ status: 'succeeded', result: { in_sent: true } });
    const { messageId } = await sender.outgoing(operation_id);
    const copies = (await sender.folder('Sent')).filter((kept) => kept.messageId === messageId);
    expect(copies.map(({ source }) => source.includes(text))).toEqual([true]);
    await sync();
    expect(await messages()).toMatchObject([{ text: expect.stringContaining(text), is_ours: true }, {}, {}, {}]);
    const inbox = await sender.folder('INBOX');
    expect(inbox.filter(({ flags }) => flags.has('\\Answered')).map((kept) => kept.messageId)).toEqual([
      'invoice-3@letters.demo.test',
    ]);
  });

  test('shows here what is read elsewhere, and there what is read here', async () => {
    const { id: thread } = await invoice();
    expect(await sender.call('mark_email_thread', { thread, read: true })).toEqual({ thread, unread: 0 });
    const unread = async () => (await sender.folder('INBOX')).filter(({ flags }) => !flags.has('\\Seen'));
    expect((await unread()).map(({ messageId }) => messageId.split('@')[0])).toEqual([
      'limits-1',
      'forged-1',
      'login-1',
    ]);
    const person = await harness.dovecot.connect(DEMO_ADDRESS);
    await person.mailboxOpen('INBOX');
    await person.messageFlagsAdd('1:*', ['\\Seen']);
    person.close();
    await sync();
    expect(await threads({ unread: true })).toEqual([]);
  });
});
