import { mkdtemp, rm } from 'node:fs/promises';
import { maildirOf, startDovecot } from '../../tools/demo/mail/dovecot.ts';
import { fillMaildir, type StoredLetter } from '../../tools/demo/mail/maildir.ts';
import { accepting } from '../../tools/supervisor/accepting.ts';
import { endProcess, endWithUs } from './child-process.ts';
import { freePort } from './free-port.ts';
import { type MailCertificate, makeMailCertificate } from './mail-certificate.ts';
import { connectMailProgram, type ImapServer } from './mail-program.ts';

export interface DovecotServer extends ImapServer {
  host: string;
  ports: { imaps: number; imap: number };
  certificate: MailCertificate;
  /** Where an SMTP server asks who may send, until it is started again. */
  authSocket: string;
  /** Where a user's mail lies. */
  maildir(user: string): string;
  /** Puts messages into a user's inbox past IMAP, the first as the oldest; far quicker than delivering them. */
  fill(user: string, messages: Iterable<StoredLetter>): Promise<void>;
  /** Ends every connection and starts it again on the same ports; what is in the mailboxes stays. */
  restart(): Promise<void>;
}

/** A real Dovecot of the test's own, with TLS that this process trusts. Every user name has a mailbox. */
export async function startTestDovecot(more: { tokenInfoUrl?: string } = {}): Promise<DovecotServer> {
  // Dovecot's own user must reach it.
  const folder = await mkdtemp('/tmp/agd-');
  const certificate = await makeMailCertificate(folder);
  const ports = { imaps: await freePort(), imap: await freePort() };
  const password = 'dovecot-password-0123';
  const start = async () => {
    const { child, authSocket } = await startDovecot({ folder, ports, certificate, password, ...more });
    endWithUs(child);
    await accepting(ports.imaps);
    return { child, authSocket };
  };
  let dovecot = await start();
  return {
    host: 'localhost',
    ports,
    password,
    certificate,
    authSocket: dovecot.authSocket,
    maildir: (user) => maildirOf(folder, user),
    connect: (user) => connectMailProgram(ports.imaps, user, password),
    fill: (user, messages) => fillMaildir(maildirOf(folder, user), messages),
    async restart() {
      await endProcess(dovecot.child, 'SIGTERM');
      dovecot = await start();
    },
    async stop() {
      await endProcess(dovecot.child, 'SIGTERM');
      certificate.forget();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
