import { Switch } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import type { Item } from '../../client/registry.ts';
import { mayWrite } from '../../client/role.ts';
import { useAction } from '../../client/use-action.ts';
import { actionColumn } from '../../parts/action-column.tsx';
import { ConfirmAction } from '../../parts/confirm-action.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { restore, restoreColumns } from '../../parts/restore.tsx';
import { Severity } from '../../parts/severity.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { toast, toastFailure } from '../../parts/toast.tsx';
import { TwoLines } from '../../parts/two-lines.tsx';
import { paths } from '../../paths.ts';
import { alertRulesStrings as strings } from '../../strings/alert-rules.ts';
import classes from '../alerts/alerts.module.css';

export type AlertRule = Item<'list_alert_rules'>;

const { columns: names } = strings;

function scopeText({ agents, label }: AlertRule['scope']): string {
  if (label !== undefined) return strings.label(label);
  return Array.isArray(agents) ? agents.join(', ') : strings.anyAgent;
}

function Enabled({ rule }: { rule: AlertRule }) {
  const changing = useAction('update_alert_rule');
  if (!mayWrite) return rule.enabled ? '✓' : strings.off;
  return (
    <Switch
      className={classes.above}
      aria-label={strings.turnOn(rule.name)}
      checked={changing.isPending ? changing.variables.enabled === true : rule.enabled}
      onChange={({ currentTarget: { checked } }) =>
        changing.mutate({ rule: rule.id, enabled: checked }, { onError: toastFailure })
      }
    />
  );
}

function Delete({ rule }: { rule: AlertRule }) {
  const { id, name } = rule;
  return (
    <span className={classes.above}>
      <ConfirmAction
        operation="delete_alert_rule"
        input={{ rule: id }}
        label={strings.delete}
        title={strings.deleteTitle(name)}
        button={{ size: 'xs' }}
        onDone={() => toast(strings.wasDeleted(name), () => void restore(deletedRule(rule)))}
      />
    </span>
  );
}

function deletedRule({ id }: AlertRule) {
  return { operation: 'restore_alert_rule', input: { rule: id }, restored: strings.restored } as const;
}

const shared: readonly Column<AlertRule>[] = [
  { name: names.scope, width: 'minmax(110px, 1fr)', cell: ({ scope }) => scopeText(scope) },
  { name: names.severity, width: '96px', cell: ({ severity }) => <Severity severity={severity} /> },
];

const action: Column<AlertRule> = {
  ...actionColumn(names.action, '90px'),
  cell: (rule) => <Delete rule={rule} />,
};

export const presentColumns: readonly Column<AlertRule>[] = [
  {
    name: names.name,
    width: 'minmax(190px, 2fr)',
    cell: ({ id, name, condition }) => {
      const link = (
        <Link className="row-link" to={paths.alertRule} params={{ rule: id }}>
          {name}
        </Link>
      );
      return <TwoLines first={link} second={condition} />;
    },
  },
  ...shared,
  {
    name: names.firing,
    width: '104px',
    cell: ({ firing, enabled }) =>
      firing > 0 ? (
        <StatusBadge tone="error">{strings.firing(firing)}</StatusBadge>
      ) : (
        <StatusBadge tone={enabled ? 'success' : 'neutral'}>{enabled ? strings.quiet : strings.off}</StatusBadge>
      ),
  },
  { name: names.enabled, width: '56px', cell: (rule) => <Enabled rule={rule} /> },
  ...(mayWrite ? [action] : []),
];

/** They are restored, and not opened. */
export const deletedColumns: readonly Column<AlertRule>[] = [
  {
    name: names.name,
    width: 'minmax(190px, 2fr)',
    cell: ({ name, condition }) => <TwoLines first={name} second={condition} />,
  },
  ...shared,
  ...restoreColumns(deletedRule),
];
