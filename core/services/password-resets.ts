import type { Dependencies } from '../dependencies.ts';
import { PublicError } from '../errors.ts';
import { bearerHash, newBearerSecret } from '../vault/bearer-secret.ts';
import { auditAccount } from './account-audit.ts';
import { canSendMail, sendMail } from './mail.ts';
import { networkOf, rememberNetwork } from './networks.ts';
import { hashNewPassword } from './people.ts';
import { endSessionsOf } from './sessions.ts';

export const RESET_MINUTES = 60;
/** A person's links that are open at once: nobody's mailbox is flooded. */
const OPEN_LINKS = 3;

const open = () => ({ usedAt: null, expiresAt: { gt: new Date() } });

/** A link to choose a new password, or null: nobody has this e-mail address, or enough links are open. */
export async function createResetLink(
  { config, database }: Pick<Dependencies, 'config' | 'database'>,
  email: string,
): Promise<string | null> {
  return database.inInstance(async (transaction) => {
    const person = await transaction.person.findUnique({ where: { email }, select: { id: true } });
    if (person === null) return null;
    const others = await transaction.passwordReset.count({ where: { personId: person.id, ...open() } });
    if (others >= OPEN_LINKS) return null;
    const presented = newBearerSecret('agp_');
    await transaction.passwordReset.create({
      data: {
        tokenHash: bearerHash(presented),
        personId: person.id,
        expiresAt: new Date(Date.now() + RESET_MINUTES * 60_000),
      },
    });
    return `${config.publicUrl}/reset-password/${presented}`;
  });
}

/**
 * Mails a reset link to who asked for it. It goes on after this call returns: neither its answer nor its time tells
 * whether the e-mail address has an account.
 */
export function mailResetLink(dependencies: Dependencies, email: string): void {
  if (!canSendMail(dependencies)) return;
  const work = async () => {
    const url = await createResetLink(dependencies, email);
    if (url === null) return;
    await sendMail(dependencies, {
      to: email,
      subject: 'Choose a new password for AgentGateway',
      text: `Somebody, probably you, asked for a new password at ${dependencies.config.publicUrl}.\n\nChoose it here within ${RESET_MINUTES} minutes:\n${url}\n\nIf it was not you, ignore this mail: your password stays as it is.\n`,
    });
  };
  work().catch((error: unknown) => dependencies.log.error({ err: error }, 'a password reset could not be mailed'));
}

/** Whose password a link resets; null when it is unknown, used or over. Looking uses nothing up. */
export async function findReset(
  { database }: Pick<Dependencies, 'database'>,
  presented: string,
): Promise<{ personId: string; email: string } | null> {
  const reset = await database.inInstance((transaction) =>
    transaction.passwordReset.findFirst({
      where: { tokenHash: bearerHash(presented), ...open() },
      include: { person: { select: { email: true } } },
    }),
  );
  return reset === null ? null : { personId: reset.personId, email: reset.person.email };
}

interface PasswordReset {
  presented: string;
  password: string;
  address: string;
  requestId: string;
}

/**
 * Sets the new password and ends all sessions and other reset links of the person. Two-step sign-in stays on.
 * @throws PublicError `conflict` when the link is no longer good, `invalid_request` for a bad password
 */
export async function resetPassword(
  dependencies: Pick<Dependencies, 'database'>,
  { presented, password, address, requestId }: PasswordReset,
): Promise<void> {
  const gone = () => new PublicError('conflict', 'This link was used already or is over. Ask for a new one.');
  const reset = await findReset(dependencies, presented);
  if (reset === null) throw gone();
  const passwordHash = await hashNewPassword(password, reset.email);
  await dependencies.database.inInstance(async (transaction) => {
    const { count } = await transaction.passwordReset.updateMany({
      where: { tokenHash: bearerHash(presented), ...open() },
      data: { usedAt: new Date() },
    });
    if (count !== 1) throw gone();
    await transaction.person.update({ where: { id: reset.personId }, data: { passwordHash } });
    await transaction.passwordReset.deleteMany({ where: { personId: reset.personId, usedAt: null } });
    await endSessionsOf(transaction, reset.personId);
    // Whoever guesses at this account meanwhile must not slow the sign-in that follows.
    await rememberNetwork(transaction, reset.personId, networkOf(address));
  });
  const person = { id: reset.personId, email: reset.email };
  await auditAccount(dependencies, person, { action: 'reset_password', requestId });
}
