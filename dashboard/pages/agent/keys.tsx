import { useNavigate } from '@tanstack/react-router';
import type { Item } from '../../client/registry.ts';
import { mayWrite } from '../../client/role.ts';
import { useOperation } from '../../client/use-operation.ts';
import { ConfirmAction } from '../../parts/confirm-action.tsx';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge, type Tone } from '../../parts/status-badge.tsx';
import { toast } from '../../parts/toast.tsx';
import { paths } from '../../paths.ts';
import { agentStrings } from '../../strings/agent.ts';
import { NewKey } from './new-key.tsx';
import type { Agent } from './page.tsx';
import classes from './settings.module.css';

type AgentKey = Item<'list_agent_keys'>;

const { keys: strings } = agentStrings;
const TONES: Record<AgentKey['status'], Tone> = { active: 'success', awaiting_reveal: 'warning', revoked: 'neutral' };

function Actions({ agent, agentKey }: { agent: Agent; agentKey: AgentKey }) {
  const navigate = useNavigate();
  if (!mayWrite || agentKey.status === 'revoked') return null;
  return (
    <span className={classes.rowButtons}>
      {agentKey.agent !== null && agentKey.status === 'active' && (
        <ConfirmAction
          operation="rotate_agent_key"
          input={{ agent: agent.id, key: agentKey.id }}
          label={strings.rotate}
          title={strings.rotateTitle}
          button={{ size: 'compact-sm' }}
          onDone={({ operation_id }) => {
            if (operation_id !== null) void navigate({ to: paths.operation, params: { operation: operation_id } });
          }}
        />
      )}
      <ConfirmAction
        operation="revoke_agent_key"
        input={{ key: agentKey.id }}
        label={strings.revoke}
        title={strings.revokeTitle(agentKey.name)}
        button={{ size: 'compact-sm' }}
        onDone={() => toast(strings.revoked)}
      />
    </span>
  );
}

function columnsFor(agent: Agent): Column<AgentKey>[] {
  const { columns } = strings;
  return [
    { name: columns.name, width: 'minmax(120px, 1.4fr)', cell: ({ name }) => name },
    { name: columns.fingerprint, width: '140px', cell: ({ fingerprint }) => <code>{fingerprint}</code> },
    {
      name: columns.reach,
      width: '100px',
      cell: ({ agent: reached }) => (reached === null ? strings.allAgents : strings.thisAgent),
    },
    {
      name: columns.status,
      width: '120px',
      cell: ({ status }) => <StatusBadge tone={TONES[status]}>{strings.status[status]}</StatusBadge>,
    },
    { name: columns.lastUsed, width: '120px', cell: ({ last_used_at }) => <Moment time={last_used_at} /> },
    {
      name: strings.rotate,
      width: '170px',
      align: 'end',
      head: <span />,
      cell: (agentKey) => <Actions agent={agent} agentKey={agentKey} />,
    },
  ];
}

/** The keys that reach the agent. */
export function Keys({ agent }: { agent: Agent }) {
  const keys = useOperation('list_agent_keys', { agent: agent.id, limit: 200 });
  return (
    <Panel title={strings.title} text={strings.text} {...(mayWrite && { action: <NewKey agent={agent} /> })} flush>
      <Loaded query={keys}>
        {({ items }) =>
          items.length === 0 ? (
            <p className={classes.nothing}>{strings.empty}</p>
          ) : (
            <DataTable label={strings.title} columns={columnsFor(agent)} rows={items} idOf={({ id }) => id} />
          )
        }
      </Loaded>
    </Panel>
  );
}
