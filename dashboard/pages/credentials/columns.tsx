import { Link } from '@tanstack/react-router';
import type { Item } from '../../client/registry.ts';
import type { Column } from '../../parts/data-table.tsx';
import { lengthInWords, Moment } from '../../parts/moment.tsx';
import { restoreColumns } from '../../parts/restore.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { paths } from '../../paths.ts';
import { credentialsStrings } from '../../strings/credentials.ts';
import { words } from '../../strings/operations.ts';

type Credential = Item<'list_credentials'>;

const { columns } = credentialsStrings;

function currentOf({ versions }: Credential) {
  return versions.find(({ state }) => state === 'current');
}

function Fingerprint({ credential: { fingerprint, rotation } }: { credential: Credential }) {
  if (rotation !== null) {
    return <StatusBadge tone="info">{credentialsStrings.rotating(words(rotation.phase))}</StatusBadge>;
  }
  if (fingerprint === null) return <StatusBadge tone="warning">{credentialsStrings.awaiting}</StatusBadge>;
  return <code>{fingerprint}</code>;
}

function Age({ since }: { since: string | undefined }) {
  if (since === undefined) return <span className="muted">–</span>;
  return <span>{lengthInWords((Date.now() - Date.parse(since)) / 1_000)}</span>;
}

export const credentialColumns: Column<Credential>[] = [
  {
    name: columns.name,
    width: 'minmax(160px, 1.6fr)',
    cell: ({ name }) => (
      <Link className="row-link" to={paths.credential} params={{ credential: name }}>
        {name}
      </Link>
    ),
  },
  {
    name: columns.fingerprint,
    width: 'minmax(150px, 1fr)',
    cell: (credential) => <Fingerprint credential={credential} />,
  },
  {
    name: columns.agents,
    width: 'minmax(110px, 1.2fr)',
    cell: ({ agents }) =>
      agents.length === 0 ? <span className="muted">{credentialsStrings.unused}</span> : agents.join(', '),
  },
  {
    name: columns.lastUsed,
    width: '124px',
    cell: (credential) => <Moment time={currentOf(credential)?.last_used_at ?? null} />,
  },
  { name: columns.age, width: '92px', cell: (credential) => <Age since={currentOf(credential)?.created_at} /> },
  {
    name: columns.expires,
    width: '110px',
    cell: ({ expires_at }) => <Moment time={expires_at} otherwise={credentialsStrings.unknown} />,
  },
];

export const deletedColumns: Column<Credential>[] = [
  { name: columns.name, width: 'minmax(160px, 2fr)', cell: ({ name }) => name },
  ...restoreColumns(({ id, name }: Credential) => ({
    operation: 'restore_credential',
    input: { credential: id },
    restored: credentialsStrings.restored(name),
  })),
];
