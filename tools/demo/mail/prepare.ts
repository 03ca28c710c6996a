import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { makeDataFolder } from '../../supervisor/data-folder.ts';
import { takePort } from '../../supervisor/ports.ts';
import { DEMO_MAIL_HOST } from '../demo-dialer.ts';
import { hasDovecot, isReachable } from './dovecot.ts';
import { findGreenmail } from './find-greenmail.ts';

/** What the demo's mail server works with. */
export interface DemoMailServer {
  folder: string;
  certificate: { key: string; cert: string };
  ports: { imaps: number; imap: number; smtp: number };
  /** Of the GreenMail that stands in for Dovecot; null: Dovecot is installed. */
  greenmailJar: string | null;
}

/**
 * Prepares a mail server, whose certificate the demo's processes have to trust when they start.
 * @param say a line for the person at the terminal
 * @returns null where there is neither Dovecot nor GreenMail; what is missing has been told
 */
export async function prepareMailServer(dataDir: string, say: (line: string) => void): Promise<DemoMailServer | null> {
  try {
    const greenmailJar = hasDovecot() ? null : await findGreenmail({ environment: process.env, say });
    const folder = await ownFolder(dataDir);
    const certificate = await makeCertificate(folder);
    const port = (setting: string) => takePort({ port: 0, setting });
    const ports = {
      imaps: await port('DEMO_IMAP_PORT'),
      imap: await port('DEMO_IMAP_PORT'),
      smtp: await port('DEMO_SMTP_PORT'),
    };
    return { folder, certificate, ports, greenmailJar };
  } catch (error) {
    say(`No mailbox in this demo: ${(error as Error).message}.`);
    say('It needs Dovecot (on Debian: apt-get install dovecot-imapd), or else Java, Maven and OpenSSL for GreenMail');
    say('(default-jre-headless maven openssl).');
    return null;
  }
}

/** In the data folder, or for as long as the demo runs elsewhere, where Dovecot's user cannot enter the data folder. */
async function ownFolder(dataDir: string): Promise<string> {
  await makeDataFolder(dataDir);
  const folder = join(dataDir, 'mail');
  await mkdir(folder, { mode: 0o711, recursive: true });
  return isReachable(folder) ? folder : mkdtemp('/tmp/agentgateway-demo-mail-');
}

async function makeCertificate(folder: string): Promise<DemoMailServer['certificate']> {
  const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
  const isThere = await access(files.cert).then(
    () => true,
    () => false,
  );
  if (isThere) return files;
  const names = ['-subj', `/CN=${DEMO_MAIL_HOST}`, '-addext', `subjectAltName=DNS:${DEMO_MAIL_HOST}`];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '3650'];
  await promisify(execFile)('openssl', ['req', '-x509', ...curve, ...names, '-keyout', files.key, '-out', files.cert]);
  return files;
}
