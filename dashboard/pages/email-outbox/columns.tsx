import type { Item } from '../../client/registry.ts';
import { actionColumn } from '../../parts/action-column.tsx';
import type { Column } from '../../parts/data-table.tsx';
import { Moment } from '../../parts/moment.tsx';
import { StatusBadge, type Tone } from '../../parts/status-badge.tsx';
import { TwoLines } from '../../parts/two-lines.tsx';
import { emailStrings } from '../../strings/email.ts';
import { MailActions } from './actions.tsx';

export type Mail = Item<'list_outgoing_emails'>;

const { outbox: strings, threads } = emailStrings;
const { columns: names } = strings;
const TONES: Record<Mail['state'], Tone> = {
  accepted: 'info',
  sending: 'info',
  sent: 'success',
  failed: 'error',
  cancelled: 'neutral',
  unknown: 'warning',
};

export const firstColumn: Column<Mail> = {
  name: names.created,
  width: '150px',
  cell: ({ created_at }) => <Moment time={created_at} />,
};

export const columns: readonly Column<Mail>[] = [
  {
    name: names.subject,
    width: 'minmax(200px, 2fr)',
    cell: ({ subject, recipients, mailbox }) => (
      <TwoLines first={subject === '' ? threads.noSubject : subject} second={`${mailbox} → ${recipients.join(', ')}`} />
    ),
  },
  {
    name: names.state,
    width: '170px',
    cell: ({ state, bounces }) => (
      <>
        <StatusBadge tone={TONES[state]}>{strings.states[state]}</StatusBadge>{' '}
        {bounces.length > 0 && <StatusBadge tone="error">{strings.facts.bounces}</StatusBadge>}
      </>
    ),
  },
  {
    ...actionColumn(names.action, '216px'),
    cell: (mail) => <MailActions mail={mail} />,
  },
];
