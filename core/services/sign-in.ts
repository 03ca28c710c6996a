import { createHmac, timingSafeEqual } from 'node:crypto';
import { NIL } from 'uuid';
import type { Dependencies } from '../dependencies.ts';
import { looksLikeId } from '../domain/names.ts';
import { PublicError } from '../errors.ts';
import type { InstanceTransaction } from '../store/database.ts';
import type { Person } from '../store/generated/client.ts';
import { auditAccount } from './account-audit.ts';
import { isKnownNetwork, networkOf, rememberNetwork } from './networks.ts';
import { pauseLikeVerifying, verifyPassword } from './passwords.ts';
import { createSession, refreshAuthentication, type Visitor } from './sessions.ts';
import { type Attempt, type CountedAttempt, countAttempt, forgiveAttempt } from './sign-in-throttle.ts';
import { useCode } from './totp.ts';

/** The person has this long to enter the code after the password. */
export const CODE_MINUTES = 5;

export interface SignInRequest {
  visitor: Visitor;
  requestId: string;
}

/** A new session, or what the browser holds until the code of the second step is entered. */
export type SignedIn = { kind: 'session'; presented: string } | { kind: 'code'; ticket: string };

async function findPerson({ database }: Pick<Dependencies, 'database'>, where: { email: string } | { id: string }) {
  return database.inInstance((transaction) => transaction.person.findUnique({ where }));
}

async function attemptOf(
  { database }: Pick<Dependencies, 'database'>,
  guess: Attempt['guess'],
  account: string,
  person: Pick<Person, 'id'> | null,
  { address }: Visitor,
): Promise<Attempt> {
  const network = networkOf(address);
  // Asked for nobody too: one query less would tell, by its time, that nobody has this address.
  const knownNetwork = await database.inInstance((transaction) =>
    isKnownNetwork(transaction, person?.id ?? NIL, network),
  );
  return { guess, account, network, knownNetwork };
}

/** A try that is refused takes as long as a wrong password: where the owner may still try, time would tell who that is. */
async function countPasswordAttempt(dependencies: Dependencies, attempt: Attempt): Promise<CountedAttempt> {
  try {
    return await countAttempt(dependencies, attempt);
  } catch (error) {
    await pauseLikeVerifying();
    throw error;
  }
}

export function wrongPassword(message: string, path = 'password'): PublicError {
  return new PublicError('unauthenticated', message, { issues: [{ path, message }] });
}

function wrongCode(): PublicError {
  const message = 'This code is not right, or it was used already. Enter the one that the app shows now.';
  return new PublicError('unauthenticated', message, { issues: [{ path: 'code', message }] });
}

/**
 * Signs a person in with e-mail and password.
 * @throws PublicError `unauthenticated` (the same for a wrong password and an unknown e-mail), `rate_limited`
 */
export async function signIn(
  dependencies: Dependencies,
  { email, password, ...request }: SignInRequest & { email: string; password: string },
): Promise<SignedIn> {
  const person = await findPerson(dependencies, { email });
  const attempt = await attemptOf(dependencies, 'password', email, person, request.visitor);
  const counted = await countPasswordAttempt(dependencies, attempt);
  if (!(await verifyPassword(person?.passwordHash ?? null, password)) || person === null) {
    dependencies.log.info({ request_id: request.requestId, address: request.visitor.address }, 'a sign-in was refused');
    throw counted.refusal ?? wrongPassword('E-mail or password is wrong.');
  }
  await dependencies.database.inInstance((transaction) => forgiveAttempt(transaction, counted));
  if (person.totpConfirmedAt === null)
    return { kind: 'session', presented: await openSession(dependencies, person, request) };
  return { kind: 'code', ticket: await issueTicket(dependencies, person) };
}

/**
 * The second step: a code of the authenticator, or a recovery code.
 * @returns what the browser presents from now on; null when the ticket is no longer good and the sign-in starts over
 */
export async function signInWithCode(
  dependencies: Dependencies,
  { ticket, code, ...request }: SignInRequest & { ticket: string; code: string },
): Promise<string | null> {
  const person = await readTicket(dependencies, ticket);
  if (person === null) return null;
  await checkCode(dependencies, person, code, request.visitor);
  return openSession(dependencies, person, request);
}

async function checkCode(dependencies: Dependencies, person: Person, code: string, visitor: Visitor): Promise<void> {
  const attempt = await attemptOf(dependencies, 'code', person.email, person, visitor);
  const counted = await countAttempt(dependencies, attempt);
  if (!(await useCode(dependencies, person, code))) throw counted.refusal ?? wrongCode();
  await dependencies.database.inInstance((transaction) => forgiveAttempt(transaction, counted));
}

/**
 * Checks the password of somebody who is signed in; guessing is slowed as at the sign-in.
 * @param field the form's field, for the message
 * @throws PublicError `unauthenticated`, `rate_limited`
 */
export async function requirePassword(
  dependencies: Dependencies,
  person: Person,
  { password, field, visitor }: { password: string; field: string; visitor: Visitor },
): Promise<void> {
  const attempt = await attemptOf(dependencies, 'password', person.email, person, visitor);
  const counted = await countAttempt(dependencies, attempt);
  if (!(await verifyPassword(person.passwordHash, password))) {
    throw counted.refusal ?? wrongPassword('This is not your password.', field);
  }
  await dependencies.database.inInstance((transaction) => forgiveAttempt(transaction, counted));
}

/**
 * Proves again who the person is, within their session.
 * @throws PublicError `unauthenticated`, `rate_limited`
 */
export async function reauthenticate(
  dependencies: Dependencies,
  proof: { personId: string; sessionId: string; password: string; code: string; visitor: Visitor },
): Promise<void> {
  const person = await findPerson(dependencies, { id: proof.personId });
  if (person === null) throw wrongPassword('This account is gone.');
  const { password, visitor } = proof;
  await requirePassword(dependencies, person, { password, field: 'password', visitor });
  if (person.totpConfirmedAt !== null) await checkCode(dependencies, person, proof.code, visitor);
  await dependencies.database.inInstance((transaction) => refreshAuthentication(transaction, proof.sessionId));
}

/** Whether the person's sign-in asks for a code too. */
export async function hasTotp({ database }: Pick<Dependencies, 'database'>, personId: string): Promise<boolean> {
  const person = await findPerson({ database }, { id: personId });
  return person !== null && person.totpConfirmedAt !== null;
}

/**
 * Opens a session and notes the sign-in in the audit trail of the person's organizations.
 * @param person with `passwordHash` where the password was proved: of one that was changed meanwhile no session begins
 * @throws PublicError `unauthenticated`
 */
export async function openSession(
  dependencies: Dependencies,
  person: Pick<Person, 'id' | 'email'> & Partial<Pick<Person, 'passwordHash'>>,
  { visitor, requestId }: SignInRequest,
): Promise<string> {
  const presented = await dependencies.database.inInstance(async (transaction) => {
    if (person.passwordHash !== undefined) await lockPassword(transaction, person.id, person.passwordHash);
    await rememberNetwork(transaction, person.id, networkOf(visitor.address));
    return createSession(transaction, person.id, visitor);
  });
  await auditAccount(dependencies, person, { action: 'sign_in', requestId });
  return presented;
}

/** Who changes the password meanwhile waits, and then finds the session among those that end. */
async function lockPassword(transaction: InstanceTransaction, personId: string, proved: string): Promise<void> {
  const [person] = await transaction.$queryRaw<{ password_hash: string }[]>`
    SELECT password_hash FROM person WHERE id = ${personId}::uuid FOR SHARE`;
  if (person?.password_hash !== proved) throw wrongPassword('E-mail or password is wrong.');
}

/** Bound to the password: changing it ends tickets. */
async function signTicket(
  { instanceKeys }: Pick<Dependencies, 'instanceKeys'>,
  person: Person,
  expires: string,
): Promise<string> {
  return createHmac('sha256', await instanceKeys.key('cookies'))
    .update(`code|${person.id}|${expires}|${person.passwordHash}`)
    .digest('base64url');
}

async function issueTicket(dependencies: Pick<Dependencies, 'instanceKeys'>, person: Person): Promise<string> {
  const expires = String(Date.now() + CODE_MINUTES * 60_000);
  return `${person.id}.${expires}.${await signTicket(dependencies, person, expires)}`;
}

async function readTicket(dependencies: Dependencies, ticket: string): Promise<Person | null> {
  const [id = '', expires = '', signature = ''] = ticket.split('.');
  if (!looksLikeId(id) || !(Number(expires) > Date.now())) return null;
  const person = await findPerson(dependencies, { id });
  if (person === null || person.totpConfirmedAt === null) return null;
  const expected = Buffer.from(await signTicket(dependencies, person, expires));
  const given = Buffer.from(signature);
  return given.length === expected.length && timingSafeEqual(given, expected) ? person : null;
}
