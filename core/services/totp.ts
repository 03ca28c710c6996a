import { createHash, randomBytes } from 'node:crypto';
import { Secret, TOTP } from 'otpauth';
import type { Dependencies } from '../dependencies.ts';
import { PublicError } from '../errors.ts';
import type { InstanceTransaction } from '../store/database.ts';
import type { Person } from '../store/generated/client.ts';
import type { Association } from '../vault/vault.ts';
import { auditAccount } from './account-audit.ts';

const PERIOD_SECONDS = 30;
const RECOVERY_CODES = 10;

type TotpDependencies = Pick<Dependencies, 'database' | 'vault'>;
type PersonWithTotp = Pick<
  Person,
  'id' | 'email' | 'totpSealed' | 'totpWrappedKey' | 'totpWrapKeyId' | 'totpConfirmedAt'
>;

function association(personId: string): Association {
  return { owner: null, words: `person|${personId}|totp` };
}

/** The authenticator of RFC 6238 as every app knows it: SHA-1, six digits, 30 seconds. */
function authenticator(email: string, secret: Secret): TOTP {
  return new TOTP({ issuer: 'AgentGateway', label: email, secret, digits: 6, period: PERIOD_SECONDS });
}

async function openAuthenticator({ vault }: Pick<Dependencies, 'vault'>, person: PersonWithTotp): Promise<TOTP | null> {
  const { totpSealed: sealed, totpWrappedKey: wrappedKey, totpWrapKeyId: wrapKeyId } = person;
  if (sealed === null || wrappedKey === null || wrapKeyId === null) return null;
  const bytes = await vault.open({ sealed, wrappedKey, wrapKeyId }, association(person.id));
  return authenticator(person.email, new Secret({ buffer: new Uint8Array(bytes).buffer }));
}

export interface Enrolment {
  /** `otpauth://…`, for the QR code. */
  uri: string;
  /** The same for typing, in base 32. */
  secret: string;
}

/**
 * The authenticator that waits to be confirmed with a first code; made when there is none.
 * @throws PublicError `conflict` when one is confirmed already
 */
export async function enrolTotp({ database, vault }: TotpDependencies, personId: string): Promise<Enrolment> {
  const person = await database.inInstance((transaction) =>
    transaction.person.findUniqueOrThrow({ where: { id: personId } }),
  );
  if (person.totpConfirmedAt !== null) {
    throw new PublicError('conflict', 'Two-step sign-in is on already. Turn it off to set up another authenticator.');
  }
  let pending = await openAuthenticator({ vault }, person);
  if (pending === null) {
    const bytes = randomBytes(20);
    const { sealed, wrappedKey, wrapKeyId } = await vault.seal(bytes, association(personId));
    await database.inInstance((transaction) =>
      transaction.person.update({
        where: { id: personId, totpConfirmedAt: null },
        data: { totpSealed: Buffer.from(sealed), totpWrappedKey: Buffer.from(wrappedKey), totpWrapKeyId: wrapKeyId },
      }),
    );
    pending = authenticator(person.email, new Secret({ buffer: new Uint8Array(bytes).buffer }));
  }
  return { uri: pending.toString(), secret: pending.secret.base32 };
}

/**
 * Turns two-step sign-in on with the authenticator's first code.
 * @returns ten recovery codes, to be shown this once
 */
export async function confirmTotp(
  dependencies: TotpDependencies,
  { personId, code, requestId }: { personId: string; code: string; requestId: string },
): Promise<string[]> {
  const person = await dependencies.database.inInstance((transaction) =>
    transaction.person.findUniqueOrThrow({ where: { id: personId } }),
  );
  const step = await stepOf(dependencies, person, code);
  if (person.totpConfirmedAt !== null || step === null) {
    const message = 'This code is not right. Enter the one that the app shows now.';
    throw new PublicError('invalid_request', message, { issues: [{ path: 'code', message }] });
  }
  const recoveryCodes = Array.from({ length: RECOVERY_CODES }, newRecoveryCode);
  await dependencies.database.inInstance(async (transaction) => {
    await transaction.person.update({
      where: { id: personId },
      data: { totpConfirmedAt: new Date(), totpLastStep: step },
    });
    await transaction.recoveryCode.deleteMany({ where: { personId } });
    await transaction.recoveryCode.createMany({
      data: recoveryCodes.map((recoveryCode) => ({ personId, codeHash: recoveryHash(personId, recoveryCode) })),
    });
  });
  await auditAccount(dependencies, person, { action: 'turn_on_two_step', requestId });
  return recoveryCodes;
}

export async function removeTotp(
  dependencies: Pick<Dependencies, 'database'>,
  { personId, requestId }: { personId: string; requestId: string },
): Promise<void> {
  const person = await dependencies.database.inInstance(async (transaction) => {
    await transaction.recoveryCode.deleteMany({ where: { personId } });
    return transaction.person.update({
      where: { id: personId },
      data: { totpSealed: null, totpWrappedKey: null, totpWrapKeyId: null, totpConfirmedAt: null, totpLastStep: null },
    });
  });
  await auditAccount(dependencies, person, { action: 'turn_off_two_step', requestId });
}

/** Eighty random bits in groups of four. */
function newRecoveryCode(): string {
  const text = new Secret({ buffer: new Uint8Array(randomBytes(10)).buffer }).base32.toLowerCase();
  return text.match(/.{4}/g)?.join('-') ?? text;
}

function recoveryHash(personId: string, recoveryCode: string): Buffer<ArrayBuffer> {
  const plain = recoveryCode.toLowerCase().replace(/[^a-z2-7]/g, '');
  return Buffer.from(createHash('sha256').update(`${personId}|${plain}`).digest());
}

/** The time step that a code is of, one step of clock drift either way; null when it is of none. */
async function stepOf(
  dependencies: Pick<Dependencies, 'vault'>,
  person: PersonWithTotp,
  code: string,
): Promise<bigint | null> {
  const digits = code.replace(/\s/g, '');
  const totp = /^\d{6}$/.test(digits) ? await openAuthenticator(dependencies, person) : null;
  const timestamp = Date.now();
  const delta = totp?.validate({ token: digits, window: 1, timestamp }) ?? null;
  return delta === null ? null : BigInt(Math.floor(timestamp / 1000 / PERIOD_SECONDS) + delta);
}

/**
 * Uses a code of the authenticator, or a recovery code, up: each is good once (RFC 6238 §5.2), also of two at once.
 */
export async function useCode(
  { database, vault }: TotpDependencies,
  person: PersonWithTotp,
  code: string,
): Promise<boolean> {
  const step = await stepOf({ vault }, person, code);
  return database.inInstance(async (transaction: InstanceTransaction) => {
    if (step !== null) {
      const { count } = await transaction.person.updateMany({
        where: { id: person.id, OR: [{ totpLastStep: null }, { totpLastStep: { lt: step } }] },
        data: { totpLastStep: step },
      });
      return count === 1;
    }
    const { count } = await transaction.recoveryCode.deleteMany({
      where: { personId: person.id, codeHash: recoveryHash(person.id, code) },
    });
    return count === 1;
  });
}
