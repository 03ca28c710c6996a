import { z } from 'zod';
import { monthOf } from '../domain/usage-month.ts';
import { readBudgets } from '../services/budgets.ts';
import { currencyOf } from '../services/currencies.ts';
import { readPlan } from '../services/plans.ts';
import { groupKeys } from '../services/traffic-groups.ts';
import { readMonthlyUse, type Use } from '../services/usage.ts';
import { boundedRead } from '../store/bounded-read.ts';
import { defineOperation } from './define-operation.ts';
import { wrong } from './log-members.ts';
import { listed } from './members.ts';
import { budgetView, money } from './views.ts';

const use = { requests: z.int(), spend: money };

export const getUsage = defineOperation({
  name: 'get_usage',
  title: 'Get usage',
  kind: 'R',
  area: 'usage',
  description:
    "Requests and spend of a month (UTC) against the plan's limit and the budgets, projected to its end, by agent (most requests first) and day. Calls that a limit or circuit breaker refused do not count.",
  examples: [{}, { month: '2026-10' }],
  input: z.strictObject({
    month: z
      .string()
      .regex(/^20\d\d-(0[1-9]|1[0-2])$/, 'write a month such as 2026-11')
      .optional()
      .describe('The present one if left out.'),
    limit: listed.limit.describe('How many agents.'),
  }),
  output: z.object({
    month: z.string(),
    ...use,
    limit: z.int().nullable().describe("The plan's requests a month; null: no limit."),
    projected: z
      .int()
      .nullable()
      .describe('Requests at the end of the month, if it goes on like the last week; null: less than a day is known.'),
    budget: budgetView,
    agents: z.array(z.object({ agent: z.string(), id: z.uuid(), ...use, budget: budgetView })),
    days: z.array(z.object({ day: z.iso.date(), ...use })),
  }),
  rest: { method: 'GET', path: '/usage' },
  async run({ transaction }, { month: asked, limit }) {
    const now = Date.now();
    const month = asked ?? monthOf(now);
    if (month > monthOf(now)) throw wrong('month', 'has not begun yet');
    const used = await boundedRead(transaction, () => readMonthlyUse(transaction, month, now));
    const [plan, budgets, currency] = [
      await readPlan(transaction),
      await readBudgets(transaction),
      await currencyOf(transaction),
    ];
    const told = ({ requests, spendMicros }: Use) => ({
      requests,
      spend: { amount: spendMicros / 1_000_000, currency },
    });
    const busiest = [...used.agents].sort(([, one], [, other]) => other.requests - one.requests).slice(0, limit);
    const names = await groupKeys(
      transaction,
      'agent',
      busiest.map(([id]) => id),
    );
    return {
      month,
      ...told(used),
      limit: plan.requests_per_month,
      projected: used.projected,
      budget: budgets.get(null) ?? null,
      agents: busiest.map(([id, agentUse], index) => ({
        agent: names[index]?.key ?? 'unknown',
        id,
        ...told(agentUse),
        budget: budgets.get(id) ?? null,
      })),
      days: [...used.days].map(([day, dayUse]) => ({ day, ...told(dayUse) })),
    };
  },
});
