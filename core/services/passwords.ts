import { setTimeout as pause } from 'node:timers/promises';
import { hash, verify } from '@node-rs/argon2';
import { COMMON_PASSWORDS } from '../domain/common-passwords.ts';

const SHORTEST = 10;
const LONGEST = 200;

/** argon2id with the parameters that OWASP's Password Storage Cheat Sheet recommends: 19 MiB, two passes, one lane. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Keyboards write the same letter in several ways; NFKC makes them one (NIST SP 800-63B §5.1.1.2). */
function normalise(password: string): string {
  return password.normalize('NFKC');
}

/** What is wrong with a new password, for the person who chose it; undefined when it will do. */
export function passwordProblem(password: string, email: string): string | undefined {
  const normalised = normalise(password);
  if (normalised.length < SHORTEST) return `Use at least ${SHORTEST} characters.`;
  if (normalised.length > LONGEST) return `Use at most ${LONGEST} characters.`;
  const lower = normalised.toLowerCase();
  if (lower === email.toLowerCase()) return 'Your e-mail address is too easy to guess. Choose something else.';
  if (COMMON_PASSWORDS.has(lower) || new Set(lower).size < 4) {
    return 'This is among the first passwords that are tried. Choose something else.';
  }
  return undefined;
}

export function hashPassword(password: string): Promise<string> {
  return hash(normalise(password), PARAMETERS);
}

let nobodysHash: Promise<string> | undefined;
let lastTookMs = 50;

/**
 * Whether the password is right. For nobody (`null`) it takes as long, so that time does not tell which e-mail
 * addresses have an account.
 */
export async function verifyPassword(passwordHash: string | null, password: string): Promise<boolean> {
  nobodysHash ??= hashPassword('nobody signs in with this');
  const compared = passwordHash ?? (await nobodysHash);
  const begun = performance.now();
  const matches = await verify(compared, normalise(password.slice(0, 4 * LONGEST)));
  lastTookMs = performance.now() - begun;
  return matches && passwordHash !== null;
}

/** Takes as long as the last password that was verified, without its work. */
export function pauseLikeVerifying(): Promise<void> {
  return pause(lastTookMs);
}
