import { Switch } from '@mantine/core';
import { IconMail } from '@tabler/icons-react';
import { useFilters } from '../../client/filters.ts';
import { useList } from '../../client/use-operation.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FilterRow } from '../../parts/filter-row.tsx';
import { ChoiceFilter, TextFilter } from '../../parts/filters.tsx';
import { ListTable } from '../../parts/list-table.tsx';
import { Panel } from '../../parts/panel.tsx';
import { StatusBadge } from '../../parts/status-badge.tsx';
import { emailStrings as strings } from '../../strings/email.ts';
import { EmailFrame, type MailboxItem } from '../email/email-frame.tsx';
import { columns } from './columns.tsx';
import classes from './threads.module.css';

const FILTERS = ['mailbox', 'q', 'unread'] as const;
const NONE_SET = { q: '', unread: '' };
/** A shorter search the server does not take. */
const SHORTEST_SEARCH = 2;

function Threads({ mailboxes }: { mailboxes: readonly [MailboxItem, ...MailboxItem[]] }) {
  const [filters, change] = useFilters(FILTERS);
  const mailbox = mailboxes.find(({ id }) => id === filters.mailbox) ?? mailboxes[0];
  const { q = '', unread } = filters;
  const isFiltered = q !== '' || unread !== undefined;
  const threads = useList('list_email_threads', {
    mailbox: mailbox.id,
    limit: 50,
    ...(q.length >= SHORTEST_SEARCH && { q }),
    ...(unread !== undefined && { unread: true }),
  });
  return (
    <>
      <FilterRow onClear={isFiltered ? () => change(NONE_SET) : null}>
        <ChoiceFilter
          label={strings.mailbox}
          choices={mailboxes.map(({ id, address }) => ({ value: id, label: address }))}
          value={mailbox.id}
          onChange={(chosen) => change({ mailbox: chosen })}
        />
        <TextFilter
          label={strings.search}
          placeholder={strings.searchHint}
          value={filters.q}
          onChange={(text) => change({ q: text })}
        />
        <Switch
          className={classes.unread}
          label={strings.unreadOnly}
          checked={unread !== undefined}
          onChange={({ currentTarget: { checked } }) => change({ unread: checked ? 'yes' : '' })}
        />
        <span className={classes.freshness}>
          <StatusBadge tone={mailbox.status === 'live' ? 'success' : mailbox.status === 'failing' ? 'error' : 'info'}>
            {strings.status[mailbox.status]}
          </StatusBadge>
        </span>
      </FilterRow>
      <Panel flush>
        <ListTable
          list={threads}
          label={strings.tabs.threads}
          columns={columns}
          none={
            <EmptyState
              icon={<IconMail size={20} />}
              {...(isFiltered ? strings.threads.noneFound : strings.threads.none)}
            />
          }
        />
      </Panel>
    </>
  );
}

/** `/email`: a mailbox's threads. */
export function EmailThreadsPage() {
  return <EmailFrame>{(mailboxes) => <Threads mailboxes={mailboxes} />}</EmailFrame>;
}
