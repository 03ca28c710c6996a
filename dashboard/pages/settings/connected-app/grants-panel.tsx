import { accessText } from '../../../client/access.ts';
import type { Output } from '../../../client/registry.ts';
import { ConfirmAction } from '../../../parts/confirm-action.tsx';
import { type Column, DataTable } from '../../../parts/data-table.tsx';
import { Moment } from '../../../parts/moment.tsx';
import { Panel } from '../../../parts/panel.tsx';
import { toast } from '../../../parts/toast.tsx';
import { connectedAppsStrings } from '../../../strings/connected-apps.ts';
import classes from '../connected-apps/app-cells.module.css';
import { CallsThisWeek } from '../connected-apps/calls-this-week.tsx';

type App = Output<'get_connected_app'>['app'];
type Grant = App['grants'][number];

const { app: strings } = connectedAppsStrings;
const { grantColumns: names } = strings;

const columns: readonly Column<Grant>[] = [
  { name: names.created, width: '120px', cell: ({ created_at }) => <Moment time={created_at} /> },
  { name: names.lastUsed, width: '120px', cell: ({ last_used_at }) => <Moment time={last_used_at} /> },
  {
    name: names.access,
    width: 'minmax(140px, 1fr)',
    cell: ({ scopes, writes_until }) => (
      <span className={classes.access}>
        {accessText(scopes)}
        {writes_until !== null && (
          <>
            {' · '}
            {strings.writesUntil} <Moment time={writes_until} />
          </>
        )}
      </span>
    ),
  },
  {
    name: names.calls,
    width: '100px',
    cell: CallsThisWeek,
  },
];

function endColumn(app: App): Column<Grant> {
  return {
    name: names.action,
    head: '',
    width: '70px',
    align: 'end',
    cell: ({ id }) => (
      <ConfirmAction
        operation="revoke_connected_app"
        input={{ app: app.id, grant: id }}
        label={strings.end}
        title={strings.endGrantTitle}
        button={{ size: 'xs' }}
        onDone={() => toast(strings.ended)}
      >
        <p>{strings.endGrantText}</p>
      </ConfirmAction>
    ),
  };
}

/** From where an app was connected; one of several can be ended alone. */
export function GrantsPanel({ app }: { app: App }) {
  return (
    <Panel title={strings.grants} text={strings.grantsText} flush>
      <DataTable
        label={strings.grants}
        columns={app.grants.length > 1 ? [...columns, endColumn(app)] : columns}
        rows={app.grants}
        idOf={({ id }) => id}
      />
    </Panel>
  );
}
