import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { describeNeeding } from '../servers/describe-needing.ts';
import { syncMailboxOnce } from '../servers/synced-mailbox.ts';
import { type MailHarness, type SenderBench, startMailHarness } from './harness.ts';
import { withPerson } from './mail-bench.ts';

describeNeeding(['dovecot'], 'a conversation over a mailbox that is synced', () => {
  let harness: MailHarness;
  let sender: SenderBench;
  beforeAll(async () => {
    harness = await startMailHarness();
    sender = await harness.sender();
  });
  afterEach(() => harness?.smtp.reset());
  afterAll(() => harness?.stop());

  async function arrives(source: string): Promise<void> {
    await withPerson(harness.dovecot, sender.mailbox.login, (client) =>
      client.append('INBOX', source.replaceAll('\n', '\r\n')),
    );
    await syncMailboxOnce(harness.dependencies, sender.mailbox);
  }

  const letter = (id: string, more = '') =>
    `Message-ID: <${id}@other.test>\nFrom: Anna <anna@other.test>\nTo: ${sender.mailbox.address}\nSubject: The invoice\n${more}\nWhere is it?\n`;

  const threadOf = async (messageId: string) => {
    const message = await sender.rows((transaction) =>
      transaction.emailMessage.findFirstOrThrow({ where: { mailboxId: sender.mailbox.id, messageId } }),
    );
    return message.threadId;
  };

  test('a reply is drafted, sent and copied into the thread that it answers, which is marked as answered', async () => {
    await arrives(letter('asked'));
    const thread = await threadOf('asked@other.test');
    const text = 'We will investigate and respond within 24 hours.';
    const { draft } = await sender.call('draft_email', { thread, text });
    expect(draft).toMatchObject({ in_mailbox: true, to: ['Anna <anna@other.test>'], subject: 'Re: The invoice' });
    const { operation_id } = await sender.call('send_email', { draft: draft.id, undo_seconds: 0 });
    expect(await sender.ends(operation_id)).toMatchObject({ status: 'succeeded' });
    const [mail] = harness.smtp.received;
    expect(mail?.source).toMatch(/^In-Reply-To: <asked@other.test>\r$/m);
    expect(mail?.source).toMatch(/^References: <asked@other.test>\r$/m);
    expect(mail?.source).toContain('> Where is it?');
    await syncMailboxOnce(harness.dependencies, sender.mailbox);
    expect(await threadOf(mail?.messageId ?? '')).toBe(thread);
    const [asked] = (await sender.folder('INBOX')).filter(({ messageId }) => messageId === 'asked@other.test');
    expect([...(asked?.flags ?? [])]).toContain('\\Answered');
  });

  const report = (messageId: string) => `From: MAILER-DAEMON@other.test
To: ${sender.mailbox.address}
Subject: Undelivered Mail Returned to Sender
Message-ID: <report-${messageId}>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="b"

--b
Content-Type: text/plain

I could not deliver it.
--b
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.other.test

Final-Recipient: rfc822; you@other.test
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 no such person
--b
Content-Type: message/rfc822

Message-ID: <${messageId}>
From: ${sender.mailbox.address}
To: you@other.test
Subject: Hello

Hello
--b--
`;

  async function send() {
    const mail = { mailbox: sender.mailbox.address, to: ['you@other.test'], subject: 'Hello', text: 'Hello' };
    const { operation_id } = await sender.call('send_email', { ...mail, undo_seconds: 0 });
    return operation_id as string;
  }

  test('a report is shown on the mail that it is about, and only for those whom the mail went to', async () => {
    const operationId = await send();
    await sender.ends(operationId);
    const { id, messageId } = await sender.outgoing(operationId);
    await arrives(report(messageId).replace('rfc822; you@', 'rfc822; stranger@'));
    await arrives(report(messageId));
    await arrives(report('of-nobody@acme.test'));
    const bounce = { action: 'failed', status: '5.1.1', reported_at: expect.any(String) };
    const { email } = await sender.call('get_outgoing_email', { email: id });
    expect(email.bounces).toEqual([
      { recipient: null, ...bounce },
      { recipient: 'you@other.test', ...bounce },
    ]);
    const { operation } = await sender.call('get_operation', { operation: operationId });
    expect(operation.result.bounces).toEqual([bounce, bounce]);
    const { items } = await sender.call('list_alerts', {});
    expect(items.filter(({ kind }: { kind: string }) => kind === 'email_bounced')).toMatchObject([
      { operation_id: operationId },
    ]);
  });

  test.each([
    ['an answer to it', (messageId: string) => letter('answered', `In-Reply-To: <${messageId}>\n`)],
    ['a report about it', report],
  ])('%s ends the doubt about a mail', async (_what, source) => {
    harness.smtp.faults.dropAfterDot = 1;
    const operationId = await send();
    await sender.until(operationId, ({ status }) => status === 'unknown');
    await arrives(source((await sender.outgoing(operationId)).messageId));
    expect(await sender.ends(operationId, 45_000)).toMatchObject({ status: 'succeeded' });
    expect(harness.smtp.received).toHaveLength(1);
  });
});
