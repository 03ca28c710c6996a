import type { OrganizationTransaction } from './database.ts';

/**
 * Works on another organization's rows in the same transaction, so that both commit together: for an instance owner, who
 * may act on any. Invariant 7 holds: the work sees that organization and no other. Where it fails, the transaction has to
 * fail with it.
 */
export async function inOtherOrganization<T>(
  transaction: OrganizationTransaction,
  organizationId: string,
  work: (other: OrganizationTransaction) => Promise<T>,
): Promise<T> {
  const enter = (id: string) => transaction.$executeRaw`SELECT set_config('app.organization_id', ${id}, true)`;
  await enter(organizationId);
  const other = new Proxy(transaction, {
    get: (target, name) => (name === 'organizationId' ? organizationId : Reflect.get(target, name)),
  });
  const result = await work(other);
  await enter(transaction.organizationId);
  return result;
}
