import { inFull } from '../../charts/formats.ts';
import { type Column, DataTable } from '../../parts/data-table.tsx';
import { Moment } from '../../parts/moment.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge, type Tone } from '../../parts/status-badge.tsx';
import { credentialsStrings } from '../../strings/credentials.ts';
import type { Credential } from './page.tsx';

type Version = Credential['versions'][number];

const { detail: strings } = credentialsStrings;
const { versionColumns: names } = strings;
const TONES: Record<Version['state'], Tone> = {
  staged: 'info',
  current: 'success',
  previous: 'warning',
  revoked: 'neutral',
};

const columns: Column<Version>[] = [
  { name: names.fingerprint, width: 'minmax(130px, 1.2fr)', cell: ({ fingerprint }) => <code>{fingerprint}</code> },
  { name: names.state, width: '112px', cell: ({ state }) => <StatusBadge tone={TONES[state]}>{state}</StatusBadge> },
  { name: names.age, width: '130px', cell: ({ created_at }) => <Moment time={created_at} /> },
  { name: names.lastUsed, width: '130px', cell: ({ last_used_at }) => <Moment time={last_used_at} /> },
  { name: names.by, width: 'minmax(100px, 1fr)', cell: ({ last_used_by }) => last_used_by ?? '–' },
  { name: names.calls, width: '90px', align: 'end', cell: ({ calls }) => inFull(calls) },
];

/** Every value that it had, by its fingerprint, with its use. */
export function Versions({ credential: { versions } }: { credential: Credential }) {
  if (versions.length === 0) return null;
  return (
    <Panel title={strings.versions} flush>
      <DataTable label={strings.versions} columns={columns} rows={versions} idOf={({ id }) => id} />
    </Panel>
  );
}
