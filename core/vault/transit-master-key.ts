import { ConfigError } from '../config.ts';
import { isLoopback, KeyService } from './key-service.ts';
import { VaultError } from './key-wrapper.ts';
import type { MasterKey } from './master-key.ts';

const USAGE = 'AGENTGATEWAY_MASTER_KEY: write vault+https://host/mount/key-name';

/**
 * A key of the transit engine of HashiCorp Vault or OpenBao (HTTP API, "Transit secrets engine": encrypt and decrypt with
 * `associated_data`). The key must be of an authenticated type, as the engine's default `aes256-gcm96` is; its versions
 * are the engine's own matter (`vault:v1:…`).
 * @param uri `vault+https://host/mount/key-name`; the mount may begin with a namespace. `vault+http` on loopback only.
 * @param token the one of VAULT_TOKEN; an agent on loopback adds its own
 * @throws ConfigError
 */
export function transitMasterKey(uri: string, token: string | undefined): MasterKey {
  const { origin, mount, name } = parseUri(uri);
  if (token === undefined && origin.startsWith('https:')) {
    throw new ConfigError('AGENTGATEWAY_MASTER_KEY names a Vault: set VAULT_TOKEN too.');
  }
  const service = new KeyService(origin);
  const headers = { 'content-type': 'application/json', ...(token !== undefined && { 'x-vault-token': token }) };

  /** A 400 that speaks of the ciphertext tells that it is no good; everything else may be mended at the engine. */
  async function ask(action: 'encrypt' | 'decrypt', context: string, member: Record<string, string>) {
    const body = JSON.stringify({ ...member, associated_data: Buffer.from(context).toString('base64') });
    const answer = await service.ask(`${origin}/v1/${mount}/${action}/${name}`, { headers, body });
    if (answer.status === 200) return Object(answer.body.data) as Record<string, unknown>;
    const { errors } = answer.body;
    const told = Array.isArray(errors) ? errors.join('; ').slice(0, 200) : '';
    if (answer.status === 400 && /invalid ciphertext|message authentication failed/.test(told)) {
      throw new VaultError(`A key wrapped by ${name} of ${origin} does not unwrap: ${told}`);
    }
    throw service.unavailable(`answered ${answer.status} (${answer.status === 403 ? 'check VAULT_TOKEN' : told})`);
  }

  function text(value: unknown): string {
    if (typeof value !== 'string') throw service.unavailable('its answer holds no key');
    return value;
  }

  return {
    id: `vault+${origin}/${mount}/${name}`,
    isRemote: true,
    async wrap(key, context) {
      const { ciphertext } = await ask('encrypt', context, { plaintext: key.toString('base64') });
      return Buffer.from(text(ciphertext), 'utf8');
    },
    async unwrap(wrappedKey, context) {
      const { plaintext } = await ask('decrypt', context, { ciphertext: wrappedKey.toString('utf8') });
      return Buffer.from(text(plaintext), 'base64');
    },
  };
}

function parseUri(uri: string): { origin: string; mount: string; name: string } {
  const url = URL.parse(uri.replace(/^vault\+/, ''));
  const segments = url?.pathname.split('/').slice(1) ?? [];
  const name = segments.pop();
  const isPlain = [name ?? '', ...segments].every((segment) => /^[\w.-]+$/.test(segment));
  if (url === null || name === undefined || segments.length === 0 || !isPlain || url.search !== '') {
    throw new ConfigError(`${USAGE}.`);
  }
  const isHttps = url.protocol === 'https:';
  if (!isHttps && !(url.protocol === 'http:' && isLoopback(url.hostname))) {
    throw new ConfigError(`${USAGE}; vault+http is for loopback addresses.`);
  }
  return { origin: url.origin, mount: segments.join('/'), name };
}
