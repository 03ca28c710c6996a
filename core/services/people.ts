import { z } from 'zod';
import type { Dependencies } from '../dependencies.ts';
import type { CallingPerson } from '../domain/caller.ts';
import { PublicError } from '../errors.ts';
import type { InstanceTransaction } from '../store/database.ts';
import { auditAccount } from './account-audit.ts';
import { hashPassword, passwordProblem } from './passwords.ts';
import { endSessionsOf, type Visitor } from './sessions.ts';
import { requirePassword, wrongPassword } from './sign-in.ts';

export const emailAddress = z.string().trim().toLowerCase().max(254).pipe(z.email());
/** One line: names stand in mails' subjects too. */
const shortName = z
  .string()
  .trim()
  .min(1)
  .max(100)
  .regex(/^\P{Cc}*$/u);
export const personName = shortName;
export const organizationName = shortName;

export interface NewPerson {
  email: string;
  name: string;
  passwordHash: string;
}

/** @throws PublicError `conflict` when the e-mail address has an account */
export async function createPerson(transaction: InstanceTransaction, person: NewPerson): Promise<string> {
  const [created] = await transaction.person.createManyAndReturn({
    data: [person],
    select: { id: true },
    skipDuplicates: true,
  });
  if (created === undefined) {
    throw new PublicError('conflict', 'This e-mail address already has an account. Sign in instead.', {
      issues: [{ path: 'email', message: 'This e-mail address already has an account. Sign in instead.' }],
    });
  }
  return created.id;
}

/** The hash of a new password. @throws PublicError `invalid_request` that tells what is wrong with it */
export async function hashNewPassword(password: string, email: string): Promise<string> {
  const message = passwordProblem(password, email);
  if (message !== undefined) {
    throw new PublicError('invalid_request', `password: ${message}`, { issues: [{ path: 'password', message }] });
  }
  return hashPassword(password);
}

export async function renamePerson(
  dependencies: Pick<Dependencies, 'database'>,
  { person, name, requestId }: { person: CallingPerson; name: string; requestId: string },
): Promise<void> {
  await dependencies.database.inInstance((transaction) =>
    transaction.person.update({ where: { id: person.id }, data: { name } }),
  );
  await auditAccount(dependencies, person, { action: 'change_name', requestId });
}

interface PasswordChange {
  personId: string;
  sessionId: string;
  presentPassword: string;
  password: string;
  visitor: Visitor;
  requestId: string;
}

/**
 * Changes one's own password and ends one's other sessions.
 * @throws PublicError `unauthenticated` when the present password is wrong, `rate_limited`, `invalid_request`
 */
export async function changePassword(dependencies: Dependencies, change: PasswordChange): Promise<void> {
  const { database } = dependencies;
  const person = await database.inInstance((transaction) =>
    transaction.person.findUniqueOrThrow({ where: { id: change.personId } }),
  );
  await requirePassword(dependencies, person, {
    password: change.presentPassword,
    field: 'present_password',
    visitor: change.visitor,
  });
  const passwordHash = await hashNewPassword(change.password, person.email);
  await database.inInstance(async (transaction) => {
    // Proved was the password of before: who reset it meanwhile, perhaps to shut this one out, is not overruled.
    const proved = { id: person.id, passwordHash: person.passwordHash };
    const { count } = await transaction.person.updateMany({ where: proved, data: { passwordHash } });
    if (count !== 1) throw wrongPassword('This is not your password.', 'present_password');
    await transaction.passwordReset.deleteMany({ where: { personId: person.id } });
    await endSessionsOf(transaction, person.id, change.sessionId);
  });
  await auditAccount(dependencies, person, { action: 'change_password', requestId: change.requestId });
}
