import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { createServer, type Server } from 'node:tls';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SMTPServerOptions } from 'smtp-server';
import { type MailHarness, type SenderBench, startMailHarness } from '../outgoing-email/harness.ts';
import { startReceivingServer } from '../outgoing-email/receiving-server.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import type { MailCertificate } from '../servers/mail-certificate.ts';
import { syncMailboxOnce } from '../servers/synced-mailbox.ts';

const readPair = async ({ key, cert }: MailCertificate) => ({ key: await readFile(key), cert: await readFile(cert) });

/** An SMTP server that refuses everybody, in these words about the password that it was shown. */
async function startRefusingSmtp(certificate: MailCertificate, words: (password: string) => string) {
  const onAuth: SMTPServerOptions['onAuth'] = ({ password }, _session, callback) =>
    callback(Object.assign(new Error(words(password ?? '')), { responseCode: 535 }));
  return startReceivingServer({ secure: true, ...(await readPair(certificate)), onAuth });
}

/** An IMAP server that refuses everybody and repeats what they said. */
async function startEchoingImap(certificate: MailCertificate): Promise<Server> {
  const server = createServer(await readPair(certificate), (socket) => {
    socket.on('error', () => {}).write('* OK [CAPABILITY IMAP4rev1] here\r\n');
    createInterface({ input: socket }).on('line', (line) => {
      const [tag, command] = line.split(' ');
      const isSignIn = command?.toUpperCase() === 'LOGIN';
      socket.write(isSignIn ? `${tag} NO I do not know ${line}\r\n` : `${tag} OK done\r\n`);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

describeNeeding(['dovecot'], 'a mail server that means ill', () => {
  let harness: MailHarness;
  beforeAll(async () => {
    harness = await startMailHarness();
  });
  afterAll(() => harness?.stop());

  const sendFrom = async (sender: SenderBench) => {
    const mail = { mailbox: sender.mailbox.address, to: ['you@other.test'], text: 'Hello', undo_seconds: 0 };
    return String((await sender.call('send_email', mail)).operation_id);
  };

  test('invariant 1: a server that quotes the password has it shown and kept nowhere', async () => {
    const { certificate, password } = harness.dovecot;
    const base64 = (text: string) => Buffer.from(text).toString('base64');
    const smtp = await startRefusingSmtp(
      certificate,
      (shown) => `${'-'.repeat(480)} not ${shown}, nor ${shown.toUpperCase()}, nor ${base64(shown)}`,
    );
    const imap = await startEchoingImap(certificate);
    const sender = await harness.sender({ smtpPort: smtp.port });
    const operation = await sendFrom(sender);
    await sender.ends(operation);
    await sender.rows((transaction) =>
      transaction.mailbox.update({
        where: { id: sender.mailbox.id },
        data: { imapPort: (imap.address() as AddressInfo).port },
      }),
    );
    const mailbox = await sender.rows((transaction) =>
      transaction.mailbox.findUniqueOrThrow({ where: { id: sender.mailbox.id } }),
    );
    expect(await syncMailboxOnce(harness.dependencies, mailbox)).toEqual({ outcome: 'refused' });
    const seen = [
      await sender.call('get_operation', { operation }),
      await sender.call('get_outgoing_email', { email: (await sender.outgoing(operation)).id }),
      await sender.call('list_mailboxes', {}),
      await sender.call('test_mailbox', { mailbox: sender.mailbox.id }),
    ].map((answer) => JSON.stringify(answer));
    for (const text of seen) {
      expect(text).toContain('[secret]');
      // Not even how it begins, where an answer is cut.
      expect(text.toLowerCase()).not.toContain(password.slice(0, 12));
      expect(text).not.toContain(base64(password).slice(0, 12));
    }
    // What a refusal says is not marked as words of others.
    const search = sender.call('list_email_threads', { mailbox: sender.mailbox.id, q: 'anything' });
    await expect(search).rejects.toThrow(/signing in failed\. Try again/);
    await smtp.stop();
    imap.close();
  });

  test('words that break off within a character do not keep a mail from its end', async () => {
    const smtp = await startRefusingSmtp(harness.dovecot.certificate, () => `${'x'.repeat(490)}${'😀'.repeat(20)}`);
    const sender = await harness.sender({ smtpPort: smtp.port });
    const { status, error } = await sender.ends(await sendFrom(sender));
    expect([status, error]).toMatchObject(['failed', { detail: expect.stringMatching(/535 x+.*…$/u) }]);
    await smtp.stop();
  });

  test('nobody tries mail servers out without end in the name of this installation', async () => {
    const sender = await harness.sender({ imapPort: 1, smtpPort: 1 });
    const trial = () => sender.call('test_mailbox', { mailbox: sender.mailbox.id });
    for (let count = 0; count < 20; count++) expect(await trial()).toMatchObject({ works: false });
    await expect(trial()).rejects.toMatchObject({ code: 'rate_limited' });
    const other = await harness.sender({ imapPort: 1, smtpPort: 1 });
    expect(await other.call('test_mailbox', { mailbox: other.mailbox.id })).toMatchObject({ works: false });
  });
});
