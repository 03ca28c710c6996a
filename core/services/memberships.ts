import type { Dependencies } from '../dependencies.ts';
import type { Role } from '../domain/roles.ts';
import type { InstanceTransaction } from '../store/database.ts';

/** An organization as one of its members sees it. */
export interface PersonMembership {
  organizationId: string;
  organizationName: string;
  role: Role;
}

/** Reads a person's memberships, the oldest first, in a transaction that is already open. */
export async function readMemberships(transaction: InstanceTransaction, personId: string): Promise<PersonMembership[]> {
  const rows = await transaction.$queryRaw<{ organization_id: string; organization_name: string; role: Role }[]>`
    SELECT organization_id, organization_name, role FROM memberships_of_person(${personId}::uuid)`;
  return rows.map((row) => ({
    organizationId: row.organization_id,
    organizationName: row.organization_name,
    role: row.role,
  }));
}

/** The organizations of a person with the role in each, as of now (invariant 6). */
export function membershipsOf(
  { database }: Pick<Dependencies, 'database'>,
  personId: string,
): Promise<PersonMembership[]> {
  return database.inInstance((transaction) => readMemberships(transaction, personId));
}
