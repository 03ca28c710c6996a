import { REVOKE_CONNECTED_APP } from '../domain/access-revocation.ts';
import { OPEN_STATUSES } from '../domain/long-running.ts';
import { Prisma } from '../store/generated/client.ts';

/** Literals, not parameters: only so does each plan use the index of open operations. */
const IS_OPEN = Prisma.raw(`status IN (${OPEN_STATUSES.map((status) => `'${status}'`).join(', ')})`);

/** The condition for what apps have under way; the end of their own access is none of it. */
export function underWayOfGrants(grantIds: string[]): Prisma.Sql {
  return Prisma.sql`requested_by->>'grantId' = ANY(${grantIds}) AND ${IS_OPEN} AND kind <> ${REVOKE_CONNECTED_APP}`;
}
