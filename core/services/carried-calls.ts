import type { OrganizationTransaction } from '../store/database.ts';

/** How many calls of an organization were carried in all, cheaply: it grows with each batch of the log. */
export async function carriedCalls(transaction: OrganizationTransaction): Promise<number> {
  const { _sum: sum } = await transaction.planUse.aggregate({ _sum: { requests: true } });
  return Number(sum.requests ?? 0);
}
