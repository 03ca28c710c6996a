import { asMilliseconds, asMoney, asPercent, inFull, inShort } from '../../charts/formats.ts';
import type { Output } from '../../client/registry.ts';
import { useOperation } from '../../client/use-operation.ts';
import { type Figure, Figures } from '../../parts/figures.tsx';
import { overviewStrings } from '../../strings/overview.ts';

const { figures: strings } = overviewStrings;

function planFigure({ requests, limit, projected }: Output<'get_usage'>): Figure {
  const text = projected === null ? undefined : strings.projected(inShort(projected));
  if (limit === null) return { name: strings.plan, value: inFull(requests), text: strings.noLimit };
  return { name: strings.plan, value: asPercent(limit === 0 ? 1 : requests / limit), text };
}

function spendFigure({ spend, budget }: Output<'get_usage'>): Figure {
  const limit = budget?.spend_per_month;
  return {
    name: strings.spend,
    value: asMoney(spend),
    ...(limit != null && { text: strings.ofBudget(asMoney({ amount: limit, currency: spend.currency })) }),
  };
}

/** The figures of the day, and of the month against the plan. */
export function KeyFigures() {
  const traffic = useOperation('summarize_traffic', { group_by: 'none', since: '24h', limit: 1 });
  const usage = useOperation('get_usage', { limit: 1 });
  const { total, items: [all] = [] } = traffic.data ?? {};
  const unknown = '–';
  return (
    <Figures
      figures={[
        { name: strings.requests, value: total === undefined ? unknown : inFull(total.requests) },
        {
          name: strings.errorRate,
          value: total === undefined ? unknown : asPercent(total.error_rate),
          text: total === undefined ? undefined : strings.failed(inFull(total.errors)),
        },
        { name: strings.p95, value: all === undefined ? unknown : asMilliseconds(all.p95_ms) },
        usage.data === undefined ? { name: strings.plan, value: unknown } : planFigure(usage.data),
        usage.data === undefined ? { name: strings.spend, value: unknown } : spendFigure(usage.data),
      ]}
    />
  );
}
