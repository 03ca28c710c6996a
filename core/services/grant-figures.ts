import { parseTime } from '../domain/times.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { underWayOfGrants } from './operations-of-grants.ts';

export interface GrantFigures {
  /** Since Monday, in UTC; refused ones too. */
  calls_this_week: number;
  operations_under_way: number;
}

/** What apps did and have under way, by grant. Calls are counted where they are on the record: in the audit events. */
export async function figuresOfGrants(
  transaction: OrganizationTransaction,
  grantIds: string[],
): Promise<(grantId: string) => GrantFigures> {
  const monday = parseTime('this_week', new Date());
  const calls = await transaction.$queryRaw<{ id: string; count: number }[]>`
    SELECT grant_id AS id, count(*)::int AS count FROM audit_event
    WHERE grant_id = ANY(${grantIds}) AND time >= ${monday} GROUP BY grant_id`;
  const operations = await transaction.$queryRaw<{ id: string; count: number }[]>`
    SELECT requested_by->>'grantId' AS id, count(*)::int AS count FROM operation
    WHERE ${underWayOfGrants(grantIds)} GROUP BY 1`;
  const countOf = (counts: typeof calls, grantId: string) => counts.find(({ id }) => id === grantId)?.count ?? 0;
  return (grantId) => ({
    calls_this_week: countOf(calls, grantId),
    operations_under_way: countOf(operations, grantId),
  });
}
