import { ROLES, type Role, roleAtLeast } from '../domain/roles.ts';
import type { OrganizationTransaction } from '../store/database.ts';

/** Members from a role upwards, of all or of some people; or these people, who may be members still. */
export type Addressees = { role: Role; personIds?: readonly string[] } | { personIds: readonly string[] };

/** The e-mail addresses of those of them who are members, the longest first. */
export async function addressesOf(transaction: OrganizationTransaction, who: Addressees): Promise<string[]> {
  const rows = await transaction.membership.findMany({
    where: {
      ...('role' in who && { role: { in: ROLES.filter((role) => roleAtLeast(role, who.role)) } }),
      ...(who.personIds && { personId: { in: [...who.personIds] } }),
    },
    select: { person: { select: { email: true } } },
    orderBy: [{ createdAt: 'asc' }, { personId: 'asc' }],
  });
  return rows.map(({ person }) => person.email);
}
