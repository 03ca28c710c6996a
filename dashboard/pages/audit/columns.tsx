import type { Item } from '../../client/registry.ts';
import { ClockTime } from '../../parts/clock-time.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { StatusBadge, type Tone } from '../../parts/status-badge.tsx';
import { auditStrings } from '../../strings/audit.ts';

export type AuditEvent = Item<'list_audit_events'>;

const { columns: names, through } = auditStrings;
const TONES: Record<AuditEvent['outcome'], Tone> = { succeeded: 'success', refused: 'warning', failed: 'error' };

export function Outcome({ event: { outcome, status } }: { event: AuditEvent }) {
  return (
    <StatusBadge tone={TONES[outcome]}>
      {outcome} {status}
    </StatusBadge>
  );
}

export const firstColumn: Column<AuditEvent> = {
  name: names.time,
  width: '170px',
  cell: ({ time }) => <ClockTime time={time} />,
};

export const columns: readonly Column<AuditEvent>[] = [
  {
    name: names.actor,
    width: 'minmax(140px, 1.4fr)',
    cell: ({ actor }) => (
      <span title={actor.name}>
        {actor.name}
        {actor.app !== null && <span className="muted"> {through(actor.app)}</span>}
      </span>
    ),
  },
  { name: names.action, width: 'minmax(140px, 1.1fr)', cell: ({ action }) => <code>{action}</code> },
  { name: names.target, width: 'minmax(110px, 1.1fr)', cell: ({ target }) => target?.name ?? '–' },
  { name: names.status, width: '134px', cell: (event) => <Outcome event={event} /> },
];
