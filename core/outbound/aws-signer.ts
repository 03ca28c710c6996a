import { createHmac, hash } from 'node:crypto';
import type { AwsSigv4Injection } from '../domain/injection.ts';
import { canonicalPath, isObjectStore, strictPath, strictQuery } from './aws-canonical.ts';
import type { AwsCredentials } from './aws-credentials.ts';

const ALGORITHM = 'AWS4-HMAC-SHA256';
const EMPTY_PAYLOAD = hash('sha256', '');
const UNSIGNED_PAYLOAD = 'UNSIGNED-PAYLOAD';
/** A caller's SDK sends the body in chunks of its own framing, with a checksum behind, unsigned. */
const UNSIGNED_CHUNKS = 'STREAMING-UNSIGNED-PAYLOAD-TRAILER';

/** Ours (invariant 3): what the caller's SDK signed with was no real key. */
const REPLACED = new Set(['authorization', 'x-amz-date', 'x-amz-security-token', 'x-amz-content-sha256']);

/** A request as it goes to the upstream; `headers` is a flat list name, value … without `Host`. */
export interface SignableRequest {
  method: string;
  host: string;
  path: string;
  /** Without the question mark. */
  query: string;
  headers: readonly string[];
}

export interface SignedRequest {
  path: string;
  query: string;
  headers: string[];
}

/** Signs requests for one AWS service and region (AWS Signature Version 4, signature in the `Authorization` header). */
export class AwsSigner {
  readonly #credentials: AwsCredentials;
  readonly #region: string;
  readonly #service: string;
  /** The signing key holds for a day. */
  #signingKey: { day: string; key: Buffer } = { day: '', key: Buffer.alloc(0) };

  constructor({ region, service }: AwsSigv4Injection, credentials: AwsCredentials) {
    this.#credentials = credentials;
    this.#region = region;
    this.#service = service;
  }

  /**
   * What is signed as the body's hash, or why there is none yet. S3 takes an unsigned body where TLS protects it, so
   * uploads of any size stream. Other services want the hash: the caller's own, if it sends one (the upstream checks it
   * against the body), or else one over the whole body.
   * @param callersHash its `X-Amz-Content-Sha256`, or ''
   */
  payloadHash(callersHash: string, hasBody: boolean, isTls: boolean): string | 'hash the body' | 'refuse' {
    if (callersHash === UNSIGNED_CHUNKS) return callersHash;
    if (callersHash.startsWith('STREAMING-')) return 'refuse';
    if (/^[0-9a-f]{64}$/.test(callersHash)) return callersHash;
    if (!hasBody) return EMPTY_PAYLOAD;
    return isTls && isObjectStore(this.#service) ? UNSIGNED_PAYLOAD : 'hash the body';
  }

  /** @param payloadHash lower-case hexadecimal SHA-256, or one of the names that AWS gives to unsigned bodies */
  sign(request: SignableRequest, payloadHash: string, now: Date): SignedRequest {
    const { accessKeyId, sessionToken } = this.#credentials;
    const time = `${now.toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
    const day = time.slice(0, 8);
    const path = strictPath(request.path);
    const { query, canonical } = strictQuery(request.query);
    const headers = request.headers.filter((_, i) => !REPLACED.has(fieldName(request.headers, i)));
    headers.push('X-Amz-Date', time, 'X-Amz-Content-Sha256', payloadHash);
    if (sessionToken !== null) headers.push('X-Amz-Security-Token', sessionToken);

    const signed = canonicalHeaders(request.host, headers);
    const scope = `${day}/${this.#region}/${this.#service}/aws4_request`;
    const canonicalRequest = [
      request.method,
      canonicalPath(path, this.#service),
      canonical,
      signed.lines,
      signed.names,
      payloadHash,
    ].join('\n');
    const toSign = [ALGORITHM, time, scope, hash('sha256', Buffer.from(canonicalRequest, 'latin1'))].join('\n');
    const signature = createHmac('sha256', this.#keyOf(day)).update(toSign).digest('hex');
    headers.push(
      'Authorization',
      `${ALGORITHM} Credential=${accessKeyId}/${scope}, SignedHeaders=${signed.names}, Signature=${signature}`,
    );
    return { path, query, headers };
  }

  #keyOf(day: string): Buffer {
    if (this.#signingKey.day !== day) {
      const steps = [day, this.#region, this.#service, 'aws4_request'];
      const first: Buffer = Buffer.from(`AWS4${this.#credentials.secretAccessKey}`);
      const key = steps.reduce((previous, step) => createHmac('sha256', previous).update(step).digest(), first);
      this.#signingKey = { day, key };
    }
    return this.#signingKey.key;
  }
}

/** @param i of a name or of its value */
function fieldName(headers: readonly string[], i: number): string {
  return (headers[i - (i % 2)] as string).toLowerCase();
}

/** Signed are the host, the content type and everything that AWS reads (`x-amz-…`); a proxy may touch the rest. */
function canonicalHeaders(host: string, headers: readonly string[]): { lines: string; names: string } {
  const fields = new Map([['host', host]]);
  for (let i = 0; i < headers.length; i += 2) {
    const name = fieldName(headers, i);
    if (name !== 'content-type' && !name.startsWith('x-amz-')) continue;
    const value = (headers[i + 1] as string).trim().replace(/ +/g, ' ');
    const earlier = fields.get(name);
    fields.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  const names = [...fields.keys()].sort();
  return { lines: names.map((name) => `${name}:${fields.get(name)}\n`).join(''), names: names.join(';') };
}
