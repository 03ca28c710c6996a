import { Select } from '@mantine/core';
import { asDay, inShort } from '../../../charts/formats.ts';
import { TimeChart } from '../../../charts/time-chart.tsx';
import { useFilters } from '../../../client/filters.ts';
import type { Output } from '../../../client/registry.ts';
import { isAdmin } from '../../../client/role.ts';
import { useOperation } from '../../../client/use-operation.ts';
import { Loaded } from '../../../parts/loaded.tsx';
import { PageHead } from '../../../parts/page-head.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { usageStrings as strings } from '../../../strings/usage.ts';
import { SettingsFrame } from '../frame.tsx';
import { AgentsPanel } from './agents-panel.tsx';
import { EditBudget } from './edit-budget.tsx';
import { UsageFigures } from './figures.tsx';
import { lastMonths } from './months.ts';
import { PlanPanel } from './plan-panel.tsx';

const MOST_AGENTS = 200;
/** A day is the server's, in UTC; at noon it is the same day in nearly every zone. */
const noonOf = (day: string) => new Date(`${day}T12:00:00Z`);

function DaysPanel({ days }: Pick<Output<'get_usage'>, 'days'>) {
  if (days.length < 2) return null;
  return (
    <Panel title={strings.perDay}>
      <TimeChart
        label={strings.perDay}
        times={days.map(({ day }) => noonOf(day))}
        series={[{ name: strings.requests, values: days.map(({ requests }) => requests), color: 1, filled: true }]}
        format={inShort}
        formatTime={asDay}
      />
    </Panel>
  );
}

/** `/settings/usage`: a month against the plan and the budgets. */
export function UsagePage() {
  const months = lastMonths();
  const [filters, change] = useFilters(['month']);
  const month = filters.month ?? months[0]?.value;
  const query = useOperation('get_usage', { month, limit: MOST_AGENTS }, { keepPrevious: true });
  return (
    <SettingsFrame>
      <PageHead
        title={strings.title}
        text={strings.text}
        actions={
          <>
            {isAdmin && query.data !== undefined && <EditBudget agent={null} budget={query.data.budget} />}
            <Select
              aria-label={strings.month}
              data={months}
              value={month ?? null}
              allowDeselect={false}
              onChange={(chosen) => change({ month: chosen === months[0]?.value ? '' : (chosen ?? '') })}
            />
          </>
        }
      />
      <Loaded query={query}>
        {(usage) => (
          <>
            <UsageFigures usage={usage} />
            <DaysPanel days={usage.days} />
            <AgentsPanel usage={usage} />
          </>
        )}
      </Loaded>
      <PlanPanel />
    </SettingsFrame>
  );
}
