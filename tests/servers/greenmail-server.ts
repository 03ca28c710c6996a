import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findGreenmail } from '../../tools/demo/mail/find-greenmail.ts';
import { fillGreenmail, startGreenmail } from '../../tools/demo/mail/greenmail.ts';
import type { StoredLetter } from '../../tools/demo/mail/maildir.ts';
import { endProcess, endWithUs } from './child-process.ts';
import { freePort } from './free-port.ts';
import { makeMailCertificate } from './mail-certificate.ts';
import { connectMailProgram, type ImapServer } from './mail-program.ts';

export interface GreenmailServer extends ImapServer {
  ports: { imaps: number; smtp: number };
}

/** The demo's GreenMail with one mailbox, filled: a server of plain IMAP4rev1, written by others. */
export async function startTestGreenmail(
  address: string,
  folders: Record<string, readonly StoredLetter[]>,
): Promise<GreenmailServer> {
  const jar = await findGreenmail({ environment: process.env, say: () => {} });
  const folder = await mkdtemp(join(tmpdir(), 'agentgateway-greenmail-'));
  const certificate = await makeMailCertificate(folder);
  const ports = { imaps: await freePort(), smtp: await freePort() };
  const password = 'greenmail-password-0123';
  const settings = { jar, folder, ports, certificate, address, password };
  const child = endWithUs(await startGreenmail(settings));
  await fillGreenmail(settings, folders);
  return {
    ports,
    password,
    certificate,
    connect: (user) => connectMailProgram(ports.imaps, user, password),
    async stop() {
      await endProcess(child, 'SIGTERM');
      certificate.forget();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
