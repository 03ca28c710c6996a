import { PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';

/**
 * The member who looks after something, by e-mail address.
 * @throws PublicError `invalid_request` for somebody who is no member
 */
export async function findOwner(transaction: OrganizationTransaction, email: string): Promise<{ id: string }> {
  const membership = await transaction.membership.findFirst({
    where: { person: { email: email.toLowerCase() } },
    select: { personId: true },
  });
  if (membership === null) {
    throw new PublicError('invalid_request', `owner: ${email} is no member of this organization. Invite them first.`, {
      issues: [{ path: 'owner', message: 'is no member of this organization' }],
    });
  }
  return { id: membership.personId };
}
