import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ImapFlow } from 'imapflow';
import { accepting } from '../../supervisor/accepting.ts';
import type { StoredLetter } from './maildir.ts';

export interface GreenmailSettings {
  /** From `findGreenmail`. */
  jar: string;
  /** A folder of its own. */
  folder: string;
  /** Both with TLS from the first byte. */
  ports: { imaps: number; smtp: number };
  /** Files in PEM. */
  certificate: { key: string; cert: string };
  address: string;
  password: string;
}

/**
 * A GreenMail of one's own on loopback with one mailbox, whose user name is its address. It keeps all in memory; what is
 * sent to others ends in mailboxes that it makes for them.
 */
export async function startGreenmail(settings: GreenmailSettings): Promise<ChildProcess> {
  const { folder, ports, password } = settings;
  const keystore = await makeKeystore(settings);
  const [name, domain] = settings.address.split('@');
  const properties = {
    'imaps.hostname': '127.0.0.1',
    'imaps.port': ports.imaps,
    'smtps.hostname': '127.0.0.1',
    'smtps.port': ports.smtp,
    users: `${name}:${password}@${domain}`,
    'users.login': 'email',
    'tls.keystore.file': keystore,
    'tls.keystore.password': password,
  };
  // Other users can read a command line, but not this file.
  const argumentsFile = join(folder, 'greenmail-arguments');
  const options = Object.entries(properties).map(([key, value]) => `-Dgreenmail.${key}=${value}`);
  const all = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC', ...options, '-jar', settings.jar];
  await writeFile(argumentsFile, all.map((argument) => JSON.stringify(argument)).join('\n'), { mode: 0o600 });
  const logFile = join(folder, 'greenmail.log');
  const log = await open(logFile, 'w');
  const child = spawn('java', [`@${argumentsFile}`], { stdio: ['ignore', log.fd, log.fd] });
  await log.close();
  const ended = once(child, 'exit').then(() => {
    throw new Error(`GreenMail ended at its start: see ${logFile}`);
  });
  await Promise.race([ended, Promise.all([accepting(ports.imaps), accepting(ports.smtp)])]);
  ended.catch(() => {});
  return child;
}

/** Puts letters into folders, which it makes. Each folder's first is its oldest. */
export async function fillGreenmail(
  { ports, certificate, address: user, password: pass }: GreenmailSettings,
  folders: Record<string, readonly StoredLetter[]>,
): Promise<void> {
  const client = new ImapFlow({
    host: '127.0.0.1',
    port: ports.imaps,
    secure: true,
    // This certificate and no other, whatever name stands in it.
    tls: { ca: await readFile(certificate.cert), checkServerIdentity: () => undefined },
    auth: { user, pass },
    logger: false,
  });
  await client.connect();
  for (const [path, letters] of Object.entries(folders)) {
    if (path !== 'INBOX') await client.mailboxCreate(path);
    for (const { source, seen, at } of letters) {
      await client.append(path, Buffer.from(source, 'latin1'), seen ? ['\\Seen'] : [], besideNoon(at));
    }
  }
  await client.logout();
}

/** GreenMail takes the hour after noon (UTC) of the date that a letter is put in with for the one after midnight. */
function besideNoon(at: Date): Date {
  if (at.getUTCHours() !== 12) return at;
  const beside = new Date(at);
  if (at.getUTCMinutes() < 30) beside.setUTCHours(11, 59, 59, 0);
  else beside.setUTCHours(13, 0, 0, 0);
  return beside;
}

async function makeKeystore({ folder, certificate, password }: GreenmailSettings): Promise<string> {
  const keystore = join(folder, 'keystore.p12');
  const files = ['-inkey', certificate.key, '-in', certificate.cert, '-out', keystore];
  const env = { ...process.env, KEYSTORE_PASSWORD: password };
  await promisify(execFile)('openssl', ['pkcs12', '-export', ...files, '-passout', 'env:KEYSTORE_PASSWORD'], { env });
  return keystore;
}
