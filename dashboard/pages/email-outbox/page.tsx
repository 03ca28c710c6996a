import { IconSend } from '@tabler/icons-react';
import { OUTGOING_STATES } from '../../../core/domain/outgoing-email.ts';
import { useFilters } from '../../client/filters.ts';
import type { Input } from '../../client/registry.ts';
import { useList } from '../../client/use-operation.ts';
import { EmptyState } from '../../parts/empty-state.tsx';
import { ExpandableTable } from '../../parts/expandable-table.tsx';
import { FilterRow } from '../../parts/filter-row.tsx';
import { ChoiceFilter } from '../../parts/filters.tsx';
import { Loaded } from '../../parts/loaded.tsx';
import { Panel } from '../../parts/panel.tsx';
import { emailStrings } from '../../strings/email.ts';
import { EmailFrame } from '../email/email-frame.tsx';
import { columns, firstColumn } from './columns.tsx';
import { MailDetail } from './detail.tsx';

const { outbox: strings, tabs } = emailStrings;
const STATES = OUTGOING_STATES.map((value) => ({ value, label: strings.states[value] ?? value }));

function Outbox() {
  const [{ state }, change] = useFilters(['state']);
  const mails = useList('list_outgoing_emails', {
    limit: 50,
    ...(state && { state }),
  } as Input<'list_outgoing_emails'>);
  return (
    <>
      <FilterRow onClear={state === undefined ? null : () => change({ state: '' })}>
        <ChoiceFilter
          label={strings.state}
          choices={STATES}
          otherwise={strings.anyState}
          value={state}
          onChange={(chosen) => change({ state: chosen })}
        />
      </FilterRow>
      <Panel flush>
        <Loaded query={mails}>
          {({ pages }) => {
            const rows = pages.flatMap(({ items }) => items);
            if (rows.length === 0) {
              return (
                <EmptyState
                  icon={<IconSend size={20} />}
                  {...(state === undefined ? strings.none : strings.noneFound)}
                />
              );
            }
            return (
              <ExpandableTable
                label={tabs.outbox}
                first={firstColumn}
                columns={columns}
                rows={rows}
                idOf={({ id }) => id}
                detail={(mail) => <MailDetail mail={mail} />}
                onNearEnd={() => mails.hasNextPage && !mails.isFetchingNextPage && void mails.fetchNextPage()}
              />
            );
          }}
        </Loaded>
      </Panel>
    </>
  );
}

/** `/email/outbox`: what is on its way, what is in doubt, and what became of the rest. */
export function EmailOutboxPage() {
  return <EmailFrame>{() => <Outbox />}</EmailFrame>;
}
