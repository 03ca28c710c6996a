import type { Dependencies } from '../dependencies.ts';
import { monthOf } from '../domain/usage-month.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Delivery } from '../store/generated/client.ts';
import { type BudgetLimits, readBudgets } from './budgets.ts';
import { currencyOf } from './currencies.ts';
import { endNotices, giveNotice } from './notices.ts';
import { readPlan } from './plans.ts';
import { readMonthlyUse, type Use } from './usage.ts';

/** Shares of a limit that are told of, each once a month, and again where the limit was another meanwhile. */
const SHARES = [1, 0.8];

/** One limit beside what the month has used of it. */
interface Limit {
  name: 'requests' | 'spend' | 'plan';
  used: number;
  allowed: number | null;
  unit: string;
}

/**
 * Gives notice of limits that the month (UTC) has nearly, or wholly, used up, and ends notices of those that it has not.
 * @returns the deliveries that are to be made
 */
export async function giveUsageNotices(
  transaction: OrganizationTransaction,
  dependencies: Pick<Dependencies, 'config'>,
  now: number,
): Promise<Delivery[]> {
  const month = monthOf(now);
  const use = await readMonthlyUse(transaction, month, now);
  const currency = (await currencyOf(transaction)) ?? '';
  const { requests_per_month } = await readPlan(transaction);
  const organization = await transaction.organization.findUniqueOrThrow({
    where: { id: transaction.organizationId },
    select: { id: true, name: true },
  });
  const planned: Delivery[] = [];
  const reached: { targetId: string; occasion: { startsWith: string } }[] = [];
  const tell = async (target: { kind: string; id: string; name: string }, limits: Limit[]) => {
    for (const { name, used, allowed, unit } of limits) {
      const share = allowed === null ? undefined : SHARES.find((part) => used >= part * allowed);
      if (share === undefined) continue;
      const what = name === 'plan' ? "the plan's" : 'its budget of';
      const matter = `${month}/${name} ${allowed}`;
      reached.push({ targetId: target.id, occasion: { startsWith: `${matter}/` } });
      const deliveries = await giveNotice(transaction, dependencies, {
        kind: 'usage',
        severity: share === 1 ? 'warning' : 'info',
        target,
        matter,
        occasion: String(share),
        title: 'Usage of the month',
        text: `${target.name} has used ${used} of ${what} ${allowed} ${unit} in ${month} (${share * 100} % reached).`,
        path: '/',
        to: { role: 'admin' },
      });
      planned.push(...deliveries);
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
  const over = { kind: 'usage', NOT: { OR: reached } };
  await endNotices(transaction, over, 'The limit or the month is another by now.');
  // A limit that is set back later is one that is not told of yet.
  await transaction.alert.updateMany({ where: { ...over, occasion: { not: null } }, data: { occasion: null } });
  return planned;
}

function budgetLimits(budget: BudgetLimits | undefined, { requests, spendMicros }: Use, currency: string): Limit[] {
  if (budget === undefined) return [];
  return [
    { name: 'requests', used: requests, allowed: budget.requests_per_month, unit: 'requests' },
    { name: 'spend', used: spendMicros / 1_000_000, allowed: budget.spend_per_month, unit: currency },
  ];
}
