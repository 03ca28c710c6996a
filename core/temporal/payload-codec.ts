import { createHash } from 'node:crypto';
import type { Payload, PayloadCodec } from '@temporalio/common';
import proto from '@temporalio/proto';
import { decrypt, encrypt } from '../vault/aes-gcm.ts';
import { VaultError } from '../vault/key-wrapper.ts';

const { Payload: PayloadMessage } = proto.temporal.api.common.v1;

const ENCODING = 'binary/encrypted';
const ASSOCIATED_DATA = 'temporal payload';

/** The first key encrypts, all decrypt: a key is replaced by putting the new one before it. 32 bytes each. */
export type PayloadKeys = () => Promise<readonly Buffer[]>;

function keyId(key: Buffer): string {
  return createHash('sha256').update(key).digest('hex').slice(0, 16);
}

function text(bytes: Uint8Array | null | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}

async function encodePayload(payload: Payload, keys: PayloadKeys): Promise<Payload> {
  const [key] = await keys();
  if (key === undefined) throw new VaultError('There is no key for Temporal payloads.');
  return {
    metadata: { encoding: Buffer.from(ENCODING), 'encryption-key-id': Buffer.from(keyId(key)) },
    data: encrypt(key, PayloadMessage.encode(payload).finish(), ASSOCIATED_DATA),
  };
}

async function decodePayload(payload: Payload, keys: PayloadKeys): Promise<Payload> {
  if (text(payload.metadata?.encoding) !== ENCODING) return payload;
  const wanted = text(payload.metadata?.['encryption-key-id']);
  const key = (await keys()).find((candidate) => keyId(candidate) === wanted);
  if (key === undefined) throw new VaultError(`No key for Temporal payloads has the ID ${wanted.slice(0, 16)}.`);
  try {
    return PayloadMessage.decode(decrypt(key, Buffer.from(payload.data ?? []), ASSOCIATED_DATA));
  } catch {
    throw new VaultError('A Temporal payload does not open: it was changed.');
  }
}

/**
 * Invariant 1: what workflows carry is AES-256-GCM ciphertext to Temporal. Each payload names its key, so that old
 * histories stay readable when keys change. What was never encrypted passes as it is.
 */
export function createPayloadCodec(keys: PayloadKeys): PayloadCodec {
  return {
    encode: (payloads) => Promise.all(payloads.map((payload) => encodePayload(payload, keys))),
    decode: (payloads) => Promise.all(payloads.map((payload) => decodePayload(payload, keys))),
  };
}
