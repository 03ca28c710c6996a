import type { Config } from '../config.ts';
import { monthOf } from '../domain/usage-month.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { type BudgetLimits, readBudgets } from './budgets.ts';
import { currencyOf } from './currencies.ts';
import { giveNotice } from './notices.ts';
import { readPlan } from './plans.ts';
import { readMonthlyUse, type Use } from './usage.ts';

/** Shares of a limit that are told of, each once a month. */
const SHARES = [1, 0.8];

/** One limit beside what the month has used of it. */
interface Limit {
  name: 'requests' | 'spend' | 'plan';
  used: number;
  allowed: number | null;
  unit: string;
}

/**
 * Gives notice of limits that the month (UTC) has nearly, or wholly, used up.
 * @returns the new notices' texts
 */
export async function giveUsageNotices(
  transaction: OrganizationTransaction,
  config: Pick<Config, 'publicUrl'>,
  now: number,
): Promise<string[]> {
  const month = monthOf(now);
  const use = await readMonthlyUse(transaction, month, now);
  const currency = (await currencyOf(transaction)) ?? '';
  const { requests_per_month } = await readPlan(transaction);
  const organization = await transaction.organization.findUniqueOrThrow({
    where: { id: transaction.organizationId },
    select: { id: true, name: true },
  });
  const texts: string[] = [];
  const tell = async (target: { kind: string; id: string; name: string }, limits: Limit[]) => {
    for (const { name, used, allowed, unit } of limits) {
      const share = allowed === null ? undefined : SHARES.find((reached) => used >= reached * allowed);
      if (share === undefined) continue;
      const what = name === 'plan' ? "the plan's" : 'its budget of';
      const text = `${target.name} has used ${used} of ${what} ${allowed} ${unit} in ${month} (${share * 100} % reached). See ${config.publicUrl}/`;
      const notice = { kind: 'usage', target, occasion: `${month}/${name} ${allowed}/${share}`, text };
      if (await giveNotice(transaction, notice)) texts.push(text);
    }
  };
  const plan: Limit = { name: 'plan', used: use.requests, allowed: requests_per_month, unit: 'requests' };
  const budgets = await readBudgets(transaction);
  await tell({ kind: 'organization', ...organization }, [plan, ...budgetLimits(budgets.get(null), use, currency)]);
  const agents = await transaction.agent.findMany({
    where: { id: { in: [...budgets.keys()].filter((id) => id !== null) }, deletedAt: null },
    select: { id: true, name: true },
  });
  for (const agent of agents) {
    const agentUse = use.agents.get(agent.id) ?? { requests: 0, spendMicros: 0 };
    await tell({ kind: 'agent', ...agent }, budgetLimits(budgets.get(agent.id), agentUse, currency));
  }
  return texts;
}

function budgetLimits(budget: BudgetLimits | undefined, { requests, spendMicros }: Use, currency: string): Limit[] {
  if (budget === undefined) return [];
  return [
    { name: 'requests', used: requests, allowed: budget.requests_per_month, unit: 'requests' },
    { name: 'spend', used: spendMicros / 1_000_000, allowed: budget.spend_per_month, unit: currency },
  ];
}
