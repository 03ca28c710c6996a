import { invoke } from '../../core/operations/invoke.ts';
import { rotateCredential } from '../../core/operations/rotate-credential.ts';
import { changePolicy } from '../../core/services/approvals.ts';
import { storeCredentialValue } from '../../core/services/credentials.ts';
import type { DashboardApp, Member } from './dashboard-app.ts';

/** A credential with a value, as pages show it. */
export async function seedCredential({ dependencies }: DashboardApp, { organizationId, person }: Member) {
  await dependencies.vault.prepare(organizationId);
  return dependencies.database.inOrganization(organizationId, async (transaction) => {
    const { id } = await transaction.credential.create({
      data: { organizationId, name: 'stripe-prod-key', createdBy: person.id, probe: { path: '/v1/account' } },
    });
    await storeCredentialValue(transaction, dependencies, {
      credentialId: id,
      value: 'sk_live_quiet_canal_walk',
      personId: person.id,
      allowedHosts: ['api.stripe.test'],
    });
    return id;
  });
}

/** A rotation of that credential by hand that waits for approval, whose workflow does not run. @returns its ID */
export async function seedRotation({ dependencies }: DashboardApp, caller: Member): Promise<string> {
  await dependencies.database.inOrganization(caller.organizationId, (transaction) =>
    changePolicy(transaction, {
      require_approval: { rotate: true, delete: false, send: false },
      second_person: false,
    }),
  );
  const answer = await invoke(rotateCredential, { caller, input: { credential: 'stripe-prod-key' } }, dependencies);
  return answer.operation_id as string;
}
