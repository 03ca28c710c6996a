import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from '@temporalio/client';
import { type Config, ConfigError } from '../config.ts';

/** What is given as a file (`…_PATH`) or as the text itself (`…_DATA`), both PEM. */
type PemSetting = 'TEMPORAL_TLS_CLIENT_CERT' | 'TEMPORAL_TLS_CLIENT_KEY' | 'TEMPORAL_TLS_SERVER_CA_CERT';

export type TlsSettings = Pick<
  Config,
  'TEMPORAL_TLS' | 'TEMPORAL_TLS_SERVER_NAME' | `${PemSetting}_PATH` | `${PemSetting}_DATA`
>;

function readPem(file: string, setting: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new ConfigError(`${setting}: ${file} cannot be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/** The parsed form tells here, in the setting's name, what a connection would only fail with later. */
function pem<T>(
  settings: TlsSettings,
  name: PemSetting,
  parse: (text: Buffer) => T,
): { text: Buffer; parsed: T } | null {
  const { [`${name}_PATH` as const]: file, [`${name}_DATA` as const]: data } = settings;
  if (file !== undefined && data !== undefined) {
    throw new ConfigError(`${name}_PATH and ${name}_DATA are both set: set one of them.`);
  }
  if (file === undefined && data === undefined) return null;
  const setting = file === undefined ? `${name}_DATA` : `${name}_PATH`;
  const text = file === undefined ? Buffer.from(data ?? '') : readPem(file, setting);
  try {
    return { text, parsed: parse(text) };
  } catch {
    const what = name === 'TEMPORAL_TLS_CLIENT_KEY' ? 'private key without a passphrase' : 'certificate';
    throw new ConfigError(`${setting} holds no ${what} in PEM.`);
  }
}

/**
 * How Temporal is reached over TLS; undefined: not, unless there is an API key. Files are read once, at the start.
 * @throws ConfigError that names the setting
 */
export function temporalTls(settings: TlsSettings): ConnectionOptions['tls'] {
  const { TEMPORAL_TLS: isWished, TEMPORAL_TLS_SERVER_NAME: serverName } = settings;
  const certificate = pem(settings, 'TEMPORAL_TLS_CLIENT_CERT', (text) => new X509Certificate(text));
  const key = pem(settings, 'TEMPORAL_TLS_CLIENT_KEY', createPrivateKey);
  const authority = pem(settings, 'TEMPORAL_TLS_SERVER_CA_CERT', (text) => new X509Certificate(text));
  if ((certificate === null) !== (key === null)) {
    const [there, missing] = key === null ? ['CERT', 'KEY'] : ['KEY', 'CERT'];
    throw new ConfigError(
      `TEMPORAL_TLS_CLIENT_${there}_… is set without TEMPORAL_TLS_CLIENT_${missing}_PATH (or _DATA): a client certificate and its key go together.`,
    );
  }
  if (certificate !== null && key !== null && !certificate.parsed.checkPrivateKey(key.parsed)) {
    throw new ConfigError('TEMPORAL_TLS_CLIENT_KEY_… is not the key of the certificate in TEMPORAL_TLS_CLIENT_CERT_….');
  }
  const tls = {
    ...(serverName !== undefined && { serverNameOverride: serverName }),
    ...(authority !== null && { serverRootCACertificate: authority.text }),
    ...(certificate !== null && key !== null && { clientCertPair: { crt: certificate.text, key: key.text } }),
  };
  return isWished || Object.keys(tls).length > 0 ? tls : undefined;
}
