import { Link } from '@tanstack/react-router';
import { accessText, clientHost } from '../../../client/access.ts';
import { boot } from '../../../client/boot.ts';
import type { Item } from '../../../client/registry.ts';
import { isAdmin } from '../../../client/role.ts';
import type { Column } from '../../../parts/data-table.tsx';
import { Moment } from '../../../parts/moment.tsx';
import { StatusBadge } from '../../../parts/status-badge.tsx';
import { paths } from '../../../paths.ts';
import { connectedAppsStrings as strings } from '../../../strings/connected-apps.ts';
import classes from './app-cells.module.css';
import { RevokeApp } from './revoke-app.tsx';

export type ConnectedApp = Item<'list_connected_apps'>;

const { columns: names } = strings;

function Person({ person }: Pick<ConnectedApp, 'person'>) {
  if (person.id === boot.person.id) return strings.self;
  return (
    <span className={classes.two}>
      <span>{person.name}</span>
      <small>{person.email}</small>
    </span>
  );
}

export const columns: readonly Column<ConnectedApp>[] = [
  {
    name: names.app,
    width: 'minmax(130px, 1.5fr)',
    cell: ({ id, name, client_id, grant_count }) => (
      <span className={classes.two}>
        <Link className="row-link" to={paths.connectedApp} params={{ app: id }}>
          {name}
        </Link>
        <small>
          {clientHost(client_id) ?? strings.selfRegistered}
          {grant_count > 1 && ` · ${strings.times(grant_count)}`}
        </small>
      </span>
    ),
  },
  ...(isAdmin
    ? [
        {
          name: names.person,
          width: 'minmax(100px, 1fr)',
          cell: ({ person }: ConnectedApp) => <Person person={person} />,
        },
      ]
    : []),
  {
    name: names.access,
    width: 'minmax(130px, 1.4fr)',
    cell: ({ scopes }) => <span className={classes.access}>{accessText(scopes)}</span>,
  },
  { name: names.lastUsed, width: '100px', cell: ({ last_used_at }) => <Moment time={last_used_at} /> },
  {
    name: names.calls,
    width: '92px',
    cell: ({ calls_this_week, operations_under_way }) => (
      <span className={classes.two}>
        <span>{strings.calls(calls_this_week)}</span>
        {operations_under_way > 0 && <StatusBadge tone="info">{strings.underWay(operations_under_way)}</StatusBadge>}
      </span>
    ),
  },
  {
    name: names.action,
    width: '84px',
    head: '',
    align: 'end',
    cell: (app) => (
      <span className={classes.action}>
        <RevokeApp app={app} />
      </span>
    ),
  },
];
