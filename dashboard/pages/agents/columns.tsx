import { Link } from '@tanstack/react-router';
import { inFull } from '../../charts/formats.ts';
import type { Item } from '../../client/registry.ts';
import type { Column } from '../../parts/data-table.tsx';
import { Moment } from '../../parts/moment.tsx';
import { restoreColumns } from '../../parts/restore.tsx';
import { StatusBadge, type Tone } from '../../parts/status-badge.tsx';
import { TwoLines } from '../../parts/two-lines.tsx';
import { paths } from '../../paths.ts';
import { agentsStrings } from '../../strings/agents.ts';
import classes from './columns.module.css';
import { HealthCell } from './health-cell.tsx';
import type { Histories } from './use-health-history.ts';

type Agent = Item<'list_agents'>;

const { columns, breaker: breakerStrings } = agentsStrings;
const BREAKER_TONES: Record<Agent['circuit_breaker']['state'], Tone> = {
  closed: 'neutral',
  open: 'error',
  half_open: 'warning',
};

function Name({ agent }: { agent: Agent }) {
  return (
    <span className={classes.name}>
      <span>
        <Link className="row-link" to={paths.agent} params={{ agent: agent.name }}>
          {agent.name}
        </Link>
        {!agent.enabled && <StatusBadge tone="warning">{agentsStrings.disabled}</StatusBadge>}
      </span>
      <small className="muted">{agent.upstream_url}</small>
    </span>
  );
}

/** How much of the limit the last minute used, as a bar and in figures. */
function Use({ calls, limit }: { calls: number | undefined; limit: Agent['rate_limit'] }) {
  const used = calls === undefined ? '–' : inFull(calls);
  if (limit === null) {
    return (
      <span>
        {used} <span className="muted">{agentsStrings.noLimit}</span>
      </span>
    );
  }
  const share = Math.min((calls ?? 0) / limit.rpm, 1);
  return (
    <span className={classes.use}>
      <span>{agentsStrings.ofLimit(used, inFull(limit.rpm))}</span>
      <span className={classes.bar} data-near={share > 0.85 || undefined}>
        <span style={{ width: `${share * 100}%` }} />
      </span>
    </span>
  );
}

/** @param use calls of the last minute by agent */
export function agentColumns(use: ReadonlyMap<string, number> | undefined, histories: Histories): Column<Agent>[] {
  return [
    { name: columns.name, width: 'minmax(180px, 2.4fr)', cell: (agent) => <Name agent={agent} /> },
    {
      name: columns.health,
      width: '148px',
      cell: ({ id, health }) => <HealthCell score={health.score} history={histories.get(id)} />,
    },
    {
      name: columns.use,
      width: 'minmax(130px, 1fr)',
      cell: ({ id, rate_limit }) => <Use calls={use && (use.get(id) ?? 0)} limit={rate_limit} />,
    },
    {
      name: columns.breaker,
      width: '116px',
      cell: ({ circuit_breaker: { state } }) => (
        <StatusBadge tone={BREAKER_TONES[state]}>{breakerStrings[state]}</StatusBadge>
      ),
    },
    {
      name: columns.credentials,
      width: 'minmax(110px, 1fr)',
      cell: ({ credentials }) =>
        credentials.length === 0 ? (
          <span className="muted">{agentsStrings.noCredential}</span>
        ) : (
          credentials.map(({ name }) => name).join(', ')
        ),
    },
    { name: columns.lastUsed, width: '124px', cell: ({ last_used_at }) => <Moment time={last_used_at} /> },
  ];
}

export const deletedColumns: Column<Agent>[] = [
  {
    name: columns.name,
    width: 'minmax(180px, 2fr)',
    cell: ({ name, upstream_url }) => <TwoLines first={name} second={upstream_url} />,
  },
  ...restoreColumns(({ id, name }: Agent) => ({
    operation: 'restore_agent',
    input: { agent: id },
    restored: agentsStrings.restored(name),
  })),
];
