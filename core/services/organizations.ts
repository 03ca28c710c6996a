import { v7 as uuid } from 'uuid';
import type { Dependencies } from '../dependencies.ts';
import type { CallingPerson } from '../domain/caller.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { recordAuditEvent } from './audit.ts';
import type { PersonMembership } from './memberships.ts';

export interface NewOrganization {
  name: string;
  /** Its first admin. */
  admin: Pick<CallingPerson, 'id' | 'email'>;
  requestId: string;
}

/** Makes the organization that the transaction was opened for, with its first admin. */
export async function insertOrganization(
  transaction: OrganizationTransaction,
  { name, admin, requestId }: NewOrganization,
): Promise<void> {
  const { organizationId } = transaction;
  await transaction.organization.createMany({ data: [{ id: organizationId, name }] });
  await transaction.membership.createMany({ data: [{ organizationId, personId: admin.id, role: 'admin' }] });
  await recordAuditEvent(transaction, {
    actor: { kind: 'person', id: admin.id, name: admin.email, app: null, grantId: null },
    action: 'create_organization',
    status: 201,
    outcome: 'succeeded',
    target: { kind: 'organization', id: organizationId, name },
    requestId,
  });
}

/** Where accounts are made by invitation, whoever was removed everywhere waits for a new one. */
export function mayCreateOrganization(
  { config }: Pick<Dependencies, 'config'>,
  memberships: PersonMembership[],
): boolean {
  return memberships.length > 0 || config.AGENTGATEWAY_SIGNUP === 'open';
}

/** A further organization of a signed-in person, who becomes its admin. @returns its ID */
export async function createOrganization(
  { database }: Pick<Dependencies, 'database'>,
  organization: NewOrganization,
): Promise<string> {
  const id = uuid();
  await database.inOrganization(id, (transaction) => insertOrganization(transaction, organization));
  return id;
}
