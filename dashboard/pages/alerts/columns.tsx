import { Button } from '@mantine/core';
import type { Item } from '../../client/registry.ts';
import { mayWrite } from '../../client/role.ts';
import { useAction } from '../../client/use-action.ts';
import { actionColumn } from '../../parts/action-column.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Severity } from '../../parts/severity.tsx';
import { StatusBadge, type Tone } from '../../parts/status-badge.tsx';
import { toast, toastFailure } from '../../parts/toast.tsx';
import { TwoLines } from '../../parts/two-lines.tsx';
import { alertsStrings as strings } from '../../strings/alerts.ts';
import classes from './alerts.module.css';

export type AlertItem = Item<'list_alerts'>;

const { columns: names } = strings;
const STATE_TONES: Readonly<Record<string, Tone>> = { firing: 'error', acknowledged: 'info', resolved: 'success' };

function What({ alert: { rule, text, agents, target } }: { alert: AlertItem }) {
  const about = agents.length > 0 ? agents.map(({ name }) => name).join(', ') : target?.name;
  if (rule === null) return <TwoLines first={<span className={classes.text}>{text}</span>} second={about} />;
  return <TwoLines first={<strong>{rule}</strong>} second={about === undefined ? text : `${about}: ${text}`} />;
}

function Acknowledge({ alert }: { alert: AlertItem }) {
  const acknowledging = useAction('acknowledge_alert');
  if (!mayWrite || alert.state !== 'firing') return null;
  return (
    <Button
      className={classes.above}
      size="xs"
      variant="default"
      loading={acknowledging.isPending}
      onClick={() =>
        acknowledging.mutate(
          { alert: alert.id },
          { onSuccess: () => toast(strings.acknowledged), onError: toastFailure },
        )
      }
    >
      {strings.acknowledge}
    </Button>
  );
}

export const firstColumn: Column<AlertItem> = {
  name: names.since,
  width: '150px',
  cell: ({ fired_at }) => <Moment time={fired_at} />,
};

export const columns: readonly Column<AlertItem>[] = [
  { name: names.what, width: 'minmax(200px, 1fr)', cell: (alert) => <What alert={alert} /> },
  { name: names.severity, width: '96px', cell: ({ severity }) => <Severity severity={severity} /> },
  {
    name: names.state,
    width: '130px',
    cell: ({ state }) => (
      <StatusBadge tone={STATE_TONES[state] ?? 'neutral'}>{strings.states[state] ?? state}</StatusBadge>
    ),
  },
  {
    ...actionColumn(names.action, '122px'),
    cell: (alert) => <Acknowledge alert={alert} />,
  },
];
