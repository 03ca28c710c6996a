import { createHash, randomBytes } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** 32 characters of base 62, 190 bits: what follows the prefix of everything a bearer presents. */
function randomBase62(length: number): string {
  let text = '';
  while (text.length < length) {
    for (const byte of randomBytes(length * 2)) {
      // 248 = 4 × 62: higher bytes would favour the alphabet's beginning.
      if (byte < 248 && text.length < length) text += ALPHABET[byte % 62];
    }
  }
  return text;
}

/** A new agent key, API token, session, or one-time link: `prefix` and 32 random characters. */
export function newBearerSecret(prefix: 'agk_' | 'agt_' | 'ags_' | 'agl_' | 'agi_' | 'agp_'): string {
  return prefix + randomBase62(32);
}

/** How it is stored. One SHA-256 suffices: the secret is random, so there is nothing to guess. */
export function bearerHash(secret: string): Buffer<ArrayBuffer> {
  return Buffer.from(createHash('sha256').update(secret, 'utf8').digest());
}
