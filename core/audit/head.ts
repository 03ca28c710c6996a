import { createHash, createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { InstanceKeys } from '../services/instance-keys.ts';

/** The end of an organization's chain: its last event's place and hash stand for all events up to it. */
export interface Head {
  organization_id: string;
  sequence: number;
  /** In hexadecimal. */
  hash: string;
  signed_at: string;
}

export interface SignedHead extends Head {
  key_id: string;
  /** Ed25519 over the RFC 8785 JSON of the head's own members and `type: "agentgateway-audit-head"`, in base64url. */
  signature: string;
}

export interface HeadSigner {
  /** The public key (RFC 8037) by which anybody can check a head; `kid` is its RFC 7638 thumbprint. */
  readonly publicJwk: { kty: string; crv: string; x: string; kid: string };
  sign(head: Head): SignedHead;
  verify(head: SignedHead): boolean;
}

function signedBytes({ organization_id, sequence, hash, signed_at }: Head): Buffer {
  return Buffer.from(canonicalJson({ type: 'agentgateway-audit-head', organization_id, sequence, hash, signed_at }));
}

function makeSigningKey(): Buffer {
  return generateKeyPairSync('ed25519').privateKey.export({ format: 'der', type: 'pkcs8' });
}

/**
 * Who can write to the database cannot sign: the key is sealed by the master key, like the installation's other keys.
 * @throws VaultUnavailableError
 */
export async function openHeadSigner(instanceKeys: InstanceKeys): Promise<HeadSigner> {
  const bytes = await instanceKeys.key('audit-signing', makeSigningKey);
  const privateKey = createPrivateKey({ key: bytes, format: 'der', type: 'pkcs8' });
  const publicKey = createPublicKey(privateKey);
  const { kty, crv, x } = publicKey.export({ format: 'jwk' }) as { kty: string; crv: string; x: string };
  const keyId = createHash('sha256').update(canonicalJson({ crv, kty, x })).digest('base64url');
  return {
    publicJwk: { kty, crv, x, kid: keyId },
    sign: (head) => ({
      ...head,
      key_id: keyId,
      signature: sign(null, signedBytes(head), privateKey).toString('base64url'),
    }),
    verify: (head) =>
      head.key_id === keyId && verify(null, signedBytes(head), publicKey, Buffer.from(head.signature, 'base64url')),
  };
}
