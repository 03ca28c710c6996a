import { Link } from '@tanstack/react-router';
import { accessText, clientHost } from '../../../client/access.ts';
import { boot } from '../../../client/boot.ts';
import type { Item } from '../../../client/registry.ts';
import { isAdmin } from '../../../client/role.ts';
import type { Column } from '../../../parts/data-table.tsx';
import { Moment } from '../../../parts/moment.tsx';
import { TwoLines } from '../../../parts/two-lines.tsx';
import { paths } from '../../../paths.ts';
import { connectedAppsStrings as strings } from '../../../strings/connected-apps.ts';
import classes from './app-cells.module.css';
import { CallsThisWeek } from './calls-this-week.tsx';
import { RevokeApp } from './revoke-app.tsx';

export type ConnectedApp = Item<'list_connected_apps'>;

const { columns: names } = strings;

function Person({ person }: Pick<ConnectedApp, 'person'>) {
  if (person.id === boot.person.id) return strings.self;
  return <TwoLines first={person.name} second={person.email} />;
}

export const columns: readonly Column<ConnectedApp>[] = [
  {
    name: names.app,
    width: 'minmax(130px, 1.5fr)',
    cell: ({ id, name, client_id, grant_count }) => (
      <TwoLines
        first={
          <Link className="row-link" to={paths.connectedApp} params={{ app: id }}>
            {name}
          </Link>
        }
        second={[
          clientHost(client_id) ?? strings.selfRegistered,
          ...(grant_count > 1 ? [strings.times(grant_count)] : []),
        ].join(' · ')}
      />
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
  { name: names.lastUsed, width: '116px', cell: ({ last_used_at }) => <Moment time={last_used_at} /> },
  {
    name: names.calls,
    width: '96px',
    cell: CallsThisWeek,
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
