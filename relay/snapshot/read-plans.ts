import type pg from 'pg';
import type { Plans } from '../limits/plans.ts';

const CHANGED_PLANS = `
  SELECT organization_id AS "organizationId", requests_per_month::float8 AS "callsPerMonth"
  FROM plan WHERE change_xid >= $1::xid8 OR organization_id = ANY($2::uuid[])`;

const USES = `
  SELECT organization_id AS "organizationId", to_char(month, 'YYYY-MM') AS month, requests::float8 AS calls, corrections
  FROM plan_use WHERE month = $1::date
    AND organization_id IN (SELECT organization_id FROM plan WHERE requests_per_month IS NOT NULL)`;

/** Plans that changed, and what the organizations with a limit used of one month. */
export interface PlanRows {
  limits: { organizationId: string; callsPerMonth: number | null }[];
  uses: { organizationId: string; month: string; calls: number; corrections: number }[];
}

/** @param month such as 2026-11, by the clock that calls are counted by: another's may be in another month by now */
export async function readPlanRows(
  client: pg.ClientBase,
  sinceXid: string,
  organizationIds: readonly string[],
  month: string,
): Promise<PlanRows> {
  const { rows: limits } = await client.query<PlanRows['limits'][number]>(CHANGED_PLANS, [sinceXid, organizationIds]);
  const { rows: uses } = await client.query<PlanRows['uses'][number]>(USES, [`${month}-01`]);
  return { limits, uses };
}

/** @param named organizations whose plan was told to have changed: it may be gone */
export function applyPlans(
  plans: Plans,
  { limits, uses }: PlanRows,
  named: Iterable<string>,
  isFullRead: boolean,
): void {
  const found = new Set(limits.map(({ organizationId }) => organizationId));
  if (isFullRead) plans.retain(found);
  for (const organizationId of named) if (!found.has(organizationId)) plans.setLimit(organizationId, null);
  for (const { organizationId, callsPerMonth } of limits) plans.setLimit(organizationId, callsPerMonth);
  for (const { organizationId, ...use } of uses) plans.learn(organizationId, use);
}
