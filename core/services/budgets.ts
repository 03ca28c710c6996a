import type { OrganizationTransaction } from '../store/database.ts';
import type { Budget } from '../store/generated/client.ts';

/** What an admin wants to be told of when a month uses more. */
export interface BudgetLimits {
  requests_per_month: number | null;
  /** In units of the prices' currency. */
  spend_per_month: number | null;
}

function describeBudget(row: Budget): BudgetLimits {
  return {
    requests_per_month: row.requestsPerMonth === null ? null : Number(row.requestsPerMonth),
    spend_per_month: row.spendMicrosPerMonth === null ? null : Number(row.spendMicrosPerMonth) / 1_000_000,
  };
}

/** By agent ID; null: of the whole organization. */
export async function readBudgets(transaction: OrganizationTransaction): Promise<Map<string | null, BudgetLimits>> {
  const rows = await transaction.budget.findMany();
  return new Map(rows.map((row) => [row.agentId, describeBudget(row)]));
}

/**
 * @param agentId null: of the whole organization
 * @returns null: a budget without limits is none
 */
export async function writeBudget(
  transaction: OrganizationTransaction,
  agentId: string | null,
  { requests_per_month, spend_per_month }: BudgetLimits,
): Promise<BudgetLimits | null> {
  const { organizationId } = transaction;
  // One at a time: whoever comes second replaces what the first wrote.
  await transaction.$queryRaw`SELECT id FROM organization WHERE id = app_organization() FOR NO KEY UPDATE`;
  await transaction.budget.deleteMany({ where: { agentId } });
  if (requests_per_month === null && spend_per_month === null) return null;
  const row = await transaction.budget.create({
    data: {
      organizationId,
      agentId,
      requestsPerMonth: requests_per_month,
      spendMicrosPerMonth: spend_per_month === null ? null : Math.round(spend_per_month * 1_000_000),
    },
  });
  return describeBudget(row);
}
