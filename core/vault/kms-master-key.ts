import { hash } from 'node:crypto';
import { ConfigError } from '../config.ts';
import type { AwsCredentials } from '../outbound/aws-credentials.ts';
import { AwsSigner } from '../outbound/aws-signer.ts';
import { isLoopback, KeyService } from './key-service.ts';
import { VaultError } from './key-wrapper.ts';
import type { MasterKey } from './master-key.ts';

/** The key itself: what an alias names may change. */
const KEY_ARN = /^arn:aws[\w-]*:kms:([a-z0-9-]+):\d{12}:key\/[\w-]+$/;
const DAMAGED = new Set(['InvalidCiphertextException', 'IncorrectKeyException']);

/**
 * A symmetric key of AWS KMS (API reference, "Encrypt" and "Decrypt"), bound to what it wraps by the encryption context.
 * @param uri `awskms:///<key ARN>`, with `?region=` for a replica elsewhere and `?endpoint=` for a private endpoint
 * @throws ConfigError
 */
export function kmsMasterKey(uri: string, credentials: AwsCredentials): MasterKey {
  const { arn, region, endpoint } = parseUri(uri);
  const signer = new AwsSigner({ kind: 'aws_sigv4', region, service: 'kms' }, credentials);
  const service = new KeyService('KMS');

  /** Permissions, a disabled key and throttling may be mended at KMS; a damaged ciphertext may not. */
  async function ask(action: 'Encrypt' | 'Decrypt', context: string, member: Record<string, string>) {
    const body = JSON.stringify({ KeyId: arn, EncryptionContext: { agentgateway: context }, ...member });
    const headers = ['Content-Type', 'application/x-amz-json-1.1', 'X-Amz-Target', `TrentService.${action}`];
    const request = { method: 'POST', host: endpoint.host, path: '/', query: '', headers };
    const signed = signer.sign(request, hash('sha256', body), new Date());
    const answer = await service.ask(endpoint.href, { headers: toObject(signed.headers), body });
    if (answer.status === 200) return answer.body;
    const type = String(answer.body.__type ?? '').replace(/^.*#/, '');
    if (DAMAGED.has(type)) throw new VaultError(`A key wrapped by ${arn} does not unwrap: ${type}.`);
    throw service.unavailable(`answered ${answer.status} ${type.slice(0, 100)}`);
  }

  function bytes(value: unknown): Buffer {
    if (typeof value !== 'string') throw service.unavailable('its answer holds no key');
    return Buffer.from(value, 'base64');
  }

  return {
    id: `awskms:///${arn}`,
    isRemote: true,
    wrap: async (key, context) =>
      bytes((await ask('Encrypt', context, { Plaintext: key.toString('base64') })).CiphertextBlob),
    unwrap: async (wrappedKey, context) =>
      bytes((await ask('Decrypt', context, { CiphertextBlob: wrappedKey.toString('base64') })).Plaintext),
  };
}

function parseUri(uri: string): { arn: string; region: string; endpoint: URL } {
  const [arn = '', search = ''] = uri.replace(/^awskms:\/\/\//, '').split('?', 2);
  const options = new URLSearchParams(search);
  const region = options.get('region') ?? KEY_ARN.exec(arn)?.[1] ?? '';
  const endpoint = URL.parse(options.get('endpoint') ?? `https://kms.${region}.amazonaws.com`);
  const isKnown = [...options.keys()].every((name) => name === 'region' || name === 'endpoint');
  if (!KEY_ARN.test(arn) || endpoint === null || !isKnown) {
    throw new ConfigError(
      'AGENTGATEWAY_MASTER_KEY: write awskms:///arn:aws:kms:REGION:ACCOUNT:key/ID, with ?region= and ?endpoint= where needed.',
    );
  }
  const isHttps = endpoint.protocol === 'https:';
  if (!isHttps && !(endpoint.protocol === 'http:' && isLoopback(endpoint.hostname))) {
    throw new ConfigError('AGENTGATEWAY_MASTER_KEY: an endpoint of KMS must be https.');
  }
  return { arn, region, endpoint };
}

function toObject(flat: readonly string[]): Record<string, string> {
  const headers: Record<string, string> = {};
  for (let i = 0; i < flat.length; i += 2) headers[flat[i] as string] = flat[i + 1] as string;
  return headers;
}
