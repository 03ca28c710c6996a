import { IconPaperclip } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import type { Item } from '../../client/registry.ts';
import type { Column } from '../../parts/data-table.tsx';
import { Moment } from '../../parts/moment.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { paths } from '../../paths.ts';
import { emailStrings } from '../../strings/email.ts';

const { threads: strings, thread: threadStrings } = emailStrings;
const { columns: names } = strings;

export const columns: readonly Column<Item<'list_email_threads'>>[] = [
  {
    name: names.subject,
    width: 'minmax(200px, 2.4fr)',
    cell: ({ id, subject, unread, has_attachments }) => (
      <span>
        <Link
          className="row-link"
          data-plain={unread === 0 || undefined}
          to={paths.emailThread}
          params={{ thread: id }}
        >
          {subject === '' ? strings.noSubject : subject}
        </Link>{' '}
        {unread > 0 && (
          <StatusBadge tone="info">
            {unread} {threadStrings.unread}
          </StatusBadge>
        )}{' '}
        {has_attachments && <IconPaperclip size={14} aria-hidden />}
      </span>
    ),
  },
  {
    name: names.from,
    width: 'minmax(140px, 1.2fr)',
    cell: ({ writers }) => writers.join(', '),
  },
  { name: names.messages, width: '84px', align: 'end', cell: ({ messages }) => messages },
  { name: names.last, width: '124px', cell: ({ last_message_at }) => <Moment time={last_message_at} /> },
];
