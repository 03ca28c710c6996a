import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadConfig } from '../../../core/config.ts';
import { createLogger } from '../../../core/log.ts';
import { accepting } from '../../supervisor/accepting.ts';
import { maildirOf, startDovecot } from './dovecot.ts';
import { fillGreenmail, startGreenmail } from './greenmail.ts';
import { DEMO_ADDRESS, demoInbox, demoSent } from './letters.ts';
import { fillMaildir } from './maildir.ts';
import { canRunPostfix, startPostfix } from './postfix.ts';
import { startSwallowingSmtp } from './swallowing-smtp.ts';

/** The demo's mail servers, with the mailbox in them; what is sent never leaves this machine. */
const { AGENTGATEWAY_DATA_DIR, LOG_LEVEL } = loadConfig(process.env);
const log = createLogger('mail', LOG_LEVEL);
const folder = process.env.DEMO_MAIL_FOLDER ?? '';
const password = process.env.DEMO_MAIL_PASSWORD ?? '';
const jar = process.env.DEMO_GREENMAIL_JAR;
const port = (name: string) => Number(process.env[name]);
const ports = { imaps: port('DEMO_IMAP_PORT'), imap: port('DEMO_PLAIN_IMAP_PORT'), smtp: port('DEMO_SMTP_PORT') };
const certificate = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };

const asked = once(process, 'SIGTERM');
const servers = jar === undefined ? await startDebiansServers() : [await startFilledGreenmail(jar)];
log.info('ready');
// A server that ends by itself takes the others along: the supervisor starts all of them again.
await Promise.race([asked, ...servers.map((server) => once(server, 'exit'))]);
await Promise.all(servers.map(end));
if (!folder.startsWith(AGENTGATEWAY_DATA_DIR)) await rm(folder, { recursive: true, force: true });
process.exit(0);

/** Dovecot, and where it can run Postfix; what was in the mailbox at an earlier start still is. */
async function startDebiansServers(): Promise<ChildProcess[]> {
  const maildir = maildirOf(folder, DEMO_ADDRESS);
  const isFilled = await access(maildir).then(
    () => true,
    () => false,
  );
  if (!isFilled) {
    const now = Date.now();
    await fillMaildir(join(maildir, '.Sent'), demoSent(now));
    await fillMaildir(maildir, demoInbox(now));
  }
  const { child, authSocket } = await startDovecot({ folder, ports, certificate, password });
  await accepting(ports.imaps);
  if (canRunPostfix()) {
    const mailbox = { address: DEMO_ADDRESS, maildir };
    return [child, await startPostfix({ port: ports.smtp, certificate, authSocket, mailbox })];
  }
  await startSwallowingSmtp(ports.smtp, certificate, password);
  return [child];
}

async function startFilledGreenmail(greenmailJar: string): Promise<ChildProcess> {
  const settings = { jar: greenmailJar, folder, ports, certificate, address: DEMO_ADDRESS, password };
  const child = await startGreenmail(settings);
  const now = Date.now();
  await fillGreenmail(settings, { Sent: demoSent(now), Drafts: [], INBOX: demoInbox(now) });
  return child;
}

async function end(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) return;
  const gone = once(server, 'exit');
  server.kill('SIGTERM');
  await gone;
}
