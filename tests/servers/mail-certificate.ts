import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { promisify } from 'node:util';

export interface MailCertificate {
  /** Files in PEM. */
  key: string;
  cert: string;
  /** This process trusts it no longer. */
  forget(): void;
}

/** A certificate for `localhost` and 127.0.0.1 that this process trusts. */
export async function makeMailCertificate(folder: string): Promise<MailCertificate> {
  const files = { key: join(folder, 'key.pem'), cert: join(folder, 'cert.pem') };
  const names = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  await promisify(execFile)('openssl', ['req', '-x509', ...curve, ...names, '-keyout', files.key, '-out', files.cert]);
  const authorities = getCACertificates('default');
  setDefaultCACertificates([...authorities, await readFile(files.cert, 'utf8')]);
  return { ...files, forget: () => setDefaultCACertificates(authorities) };
}
