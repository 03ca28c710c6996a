import type { Dependencies } from '../dependencies.ts';
import type { CallingPerson } from '../domain/caller.ts';
import { recordAuditEvent } from './audit.ts';
import { membershipsOf } from './memberships.ts';

/** What people do with their own account. */
export type AccountAction =
  | 'sign_in'
  | 'sign_out'
  | 'end_session'
  | 'end_other_sessions'
  | 'change_name'
  | 'change_password'
  | 'reset_password'
  | 'turn_on_two_step'
  | 'turn_off_two_step';

/** An account belongs to no organization: what was done with it stands in the audit trail of each of the person's. */
export async function auditAccount(
  dependencies: Pick<Dependencies, 'database'>,
  person: Pick<CallingPerson, 'id' | 'email'>,
  { action, requestId }: { action: AccountAction; requestId: string },
): Promise<void> {
  for (const { organizationId } of await membershipsOf(dependencies, person.id)) {
    await dependencies.database.inOrganization(organizationId, (transaction) =>
      recordAuditEvent(transaction, {
        actor: { kind: 'person', id: person.id, name: person.email, app: null, grantId: null },
        action,
        status: 200,
        outcome: 'succeeded',
        requestId,
      }),
    );
  }
}
