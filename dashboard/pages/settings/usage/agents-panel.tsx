import { asMoney, asPercent, inFull } from '../../../charts/formats.ts';
import type { Output } from '../../../client/registry.ts';
import { isAdmin } from '../../../client/role.ts';
import { actionColumn } from '../../../parts/action-column.tsx';
import { type Column, DataTable } from '../../../parts/data-table.tsx';
import { EmptyState } from '../../../parts/empty-state.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { UsedBar } from '../../../parts/used-bar.tsx';
import { usageStrings } from '../../../strings/usage.ts';
import { asAmount } from './amount.ts';
import { EditBudget } from './edit-budget.tsx';

type Usage = Output<'get_usage'>;
type AgentUse = Usage['agents'][number];

const { agents: strings, budgetOf } = usageStrings;
const { columns: names } = strings;

function BudgetCell({ use: { budget, requests, spend } }: { use: AgentUse }) {
  if (budget === null) return <span className="muted">–</span>;
  const { requests_per_month: mostRequests, spend_per_month: mostSpend } = budget;
  return (
    <>
      {mostRequests !== null && (
        <>
          <small>{budgetOf.requests(inFull(requests), inFull(mostRequests))}</small>
          <UsedBar used={requests} limit={mostRequests} />
        </>
      )}
      {mostSpend !== null && (
        <>
          <small>{budgetOf.spend(asAmount(spend.amount, spend.currency), asAmount(mostSpend, spend.currency))}</small>
          <UsedBar used={spend.amount} limit={mostSpend} />
        </>
      )}
    </>
  );
}

function columnsOf(total: number): Column<AgentUse>[] {
  return [
    { name: names.agent, width: 'minmax(130px, 1.4fr)', cell: ({ agent }) => agent },
    { name: names.requests, width: '84px', align: 'end', cell: ({ requests }) => inFull(requests) },
    {
      name: names.share,
      width: '70px',
      align: 'end',
      cell: ({ requests }) => (total === 0 ? '–' : asPercent(requests / total)),
    },
    { name: names.spend, width: '90px', align: 'end', cell: ({ spend }) => asMoney(spend) },
    { name: names.budget, width: 'minmax(120px, 1.2fr)', cell: (use) => <BudgetCell use={use} /> },
    ...(isAdmin
      ? [
          {
            ...actionColumn(names.action, '116px'),
            cell: ({ agent, budget }: AgentUse) => <EditBudget agent={agent} budget={budget} />,
          },
        ]
      : []),
  ];
}

/** Who used how much of the month. */
export function AgentsPanel({ usage }: { usage: Usage }) {
  return (
    <Panel title={strings.title} flush>
      {usage.agents.length === 0 ? (
        <EmptyState {...strings.none} />
      ) : (
        <DataTable
          label={strings.title}
          columns={columnsOf(usage.requests)}
          rows={usage.agents}
          idOf={({ id }) => id}
        />
      )}
    </Panel>
  );
}
