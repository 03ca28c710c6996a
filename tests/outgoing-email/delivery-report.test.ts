import type { ChildProcess } from 'node:child_process';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { BOUNCING_DOMAIN, startPostfix } from '../../tools/demo/mail/postfix.ts';
import { endProcess, endWithUs } from '../servers/child-process.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { freePort } from '../servers/free-port.ts';
import { syncMailboxOnce } from '../servers/synced-mailbox.ts';
import { type MailHarness, type SenderBench, startMailHarness } from './harness.ts';

describeNeeding(['dovecot', 'postfix'], 'what Postfix reports of a mail', () => {
  let harness: MailHarness;
  let sender: SenderBench;
  let postfix: ChildProcess;
  beforeAll(async () => {
    harness = await startMailHarness();
    const port = await freePort();
    sender = await harness.sender({ smtpPort: port });
    const { certificate, authSocket, maildir } = harness.dovecot;
    const { address } = sender.mailbox;
    postfix = endWithUs(
      await startPostfix({ port, certificate, authSocket, mailbox: { address, maildir: maildir(address) } }),
    );
  });
  afterAll(async () => {
    if (postfix !== undefined) await endProcess(postfix, 'SIGTERM');
    await harness?.stop();
  });

  test('is shown on the mail for the recipient whom it names, with one notice', async () => {
    const gone = `gone@${BOUNCING_DOMAIN}`;
    const to = ['here@other.test', `Gone <${gone}>`];
    const mail = { mailbox: sender.mailbox.address, to, subject: 'Größe', text: 'Hello', undo_seconds: 0 };
    const { operation_id } = await sender.call('send_email', mail);
    await sender.ends(operation_id);
    const reports = () =>
      sender.rows((transaction) => transaction.emailMessage.findMany({ where: { automatic: 'bounce' } }));
    while ((await reports()).length === 0) await syncMailboxOnce(harness.dependencies, sender.mailbox);

    const { id } = await sender.outgoing(operation_id);
    const { email } = await sender.call('get_outgoing_email', { email: id });
    const bounce = { action: 'failed', status: '5.1.1', reported_at: expect.any(String) };
    expect(email.bounces).toEqual([{ recipient: gone, ...bounce }]);
    const { items } = await sender.call('list_alerts', {});
    expect(items).toMatchObject([{ kind: 'email_bounced', operation_id }]);
    const [message] = await reports();
    await expect(
      sender.call('draft_email', { thread: message?.threadId, message: message?.id, text: 'Thank you' }),
    ).rejects.toMatchObject({ code: 'refused_by_policy' });
  });
});
