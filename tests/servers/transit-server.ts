import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';

/**
 * The transit engine of Vault and OpenBao as far as wrapping needs it, with the answers of the real one (compared with
 * Vault 1.21.4): a wrong token 403, an unknown mount 404, an unknown key 400, a ciphertext bound to the key, to its
 * version (`vault:v1:`) and to the associated data.
 */
export class TransitServer {
  readonly token = `hvs.${randomBytes(12).toString('hex')}`;
  /** How many answers were given, by action. */
  readonly calls = { encrypt: 0, decrypt: 0 };
  /** Set: takes requests and answers none. */
  isSilent = false;
  readonly #keys = new Map<string, Buffer[]>();
  readonly #server = createServer((request, response) => void this.#answer(request, response));

  async start(): Promise<this> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return this;
  }

  /** Makes a key; gives what to write into AGENTGATEWAY_MASTER_KEY. */
  addKey(name: string): string {
    this.#keys.set(name, [randomBytes(32)]);
    return `vault+http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/transit/${name}`;
  }

  /** A new version, which encrypts from now on; older ones still decrypt. */
  rotateKey(name: string): void {
    this.#keys.get(name)?.push(randomBytes(32));
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = (await json(request)) as Record<string, string>;
    if (this.isSilent) return;
    const { status, ...answer } = this.#reply(request, body);
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  }

  #reply(request: IncomingMessage, body: Record<string, string>): { status: number; data?: object; errors?: string[] } {
    if (request.headers['x-vault-token'] !== this.token) return refusal(403, 'permission denied');
    const [, action, name] = /^\/v1\/transit\/(encrypt|decrypt)\/([\w.-]+)$/.exec(request.url ?? '') ?? [];
    if (request.method !== 'POST' || name === undefined) return refusal(404, 'no handler for route');
    const versions = this.#keys.get(name);
    if (versions === undefined) return refusal(400, 'encryption key not found');
    const associatedData = Buffer.from(body.associated_data ?? '', 'base64');
    if (action === 'encrypt') {
      this.calls.encrypt += 1;
      return { status: 200, data: { ciphertext: encrypted(versions, body.plaintext ?? '', associatedData) } };
    }
    this.calls.decrypt += 1;
    return decrypted(versions, body.ciphertext ?? '', associatedData);
  }
}

function refusal(status: number, error: string) {
  return { status, errors: [error] };
}

function encrypted(versions: Buffer[], plaintext: string, associatedData: Buffer): string {
  const nonce = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', versions.at(-1) as Buffer, nonce).setAAD(associatedData);
  const box = Buffer.concat([nonce, cipher.update(plaintext, 'base64'), cipher.final(), cipher.getAuthTag()]);
  return `vault:v${versions.length}:${box.toString('base64')}`;
}

function decrypted(versions: Buffer[], ciphertext: string, associatedData: Buffer) {
  const [, version, text = ''] = /^vault:v(\d+):(.*)$/.exec(ciphertext) ?? [];
  if (version === undefined) return refusal(400, 'invalid ciphertext: no prefix');
  const key = versions[Number(version) - 1];
  if (key === undefined) return refusal(400, 'invalid ciphertext: version is too new');
  const box = Buffer.from(text, 'base64');
  const decipher = createDecipheriv('aes-256-gcm', key, box.subarray(0, 12), { authTagLength: 16 });
  decipher.setAAD(associatedData).setAuthTag(box.subarray(-16));
  try {
    const plaintext = Buffer.concat([decipher.update(box.subarray(12, -16)), decipher.final()]).toString('base64');
    return { status: 200, data: { plaintext } };
  } catch {
    return refusal(400, 'cipher: message authentication failed');
  }
}
