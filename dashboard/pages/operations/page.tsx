import { IconProgressCheck } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { LONG_RUNNING_KINDS, OPERATION_STATUSES } from '../../../core/domain/long-running.ts';
import { useFilters } from '../../client/filters.ts';
import type { Input, Item } from '../../client/registry.ts';
import { useList } from '../../client/use-operation.ts';
import type { Column } from '../../parts/data-table.tsx';
import { EmptyState } from '../../parts/empty-state.tsx';
import { FilterRow } from '../../parts/filter-row.tsx';
import { ChoiceFilter, TextFilter } from '../../parts/filters.tsx';
import { ListTable } from '../../parts/list-table.tsx';
import { Moment } from '../../parts/moment.tsx';
import { OperationStatusBadge } from '../../parts/operation-status.tsx';
import { PageHead } from '../../parts/page-head.tsx';
import { Panel } from '../../parts/panel.tsx';
import { TwoLines } from '../../parts/two-lines.tsx';
import { paths } from '../../paths.ts';
import { operationsStrings, titleOf, words } from '../../strings/operations.ts';
import { OPERATION_FILTERS } from './filters.ts';

type Operation = Item<'list_operations'>;

const { columns: names, filters: strings, empty, nothing } = operationsStrings;
const KINDS = LONG_RUNNING_KINDS.map(choiceOf);
const STATUSES = OPERATION_STATUSES.map(choiceOf);

function choiceOf(value: string): { value: string; label: string } {
  return { value, label: titleOf(value) };
}

export function requesterOf({ name, app }: Operation['requested_by']): string {
  return app === null ? name : `${name} ${operationsStrings.through(app)}`;
}

const columns: Column<Operation>[] = [
  {
    name: names.operation,
    width: 'minmax(200px, 2fr)',
    cell: ({ id, kind, target }) => (
      <>
        <Link className="row-link" to={paths.operation} params={{ operation: id }}>
          {titleOf(kind)}
        </Link>{' '}
        <span className="muted">{target.name}</span>
      </>
    ),
  },
  { name: names.status, width: '112px', cell: ({ status }) => <OperationStatusBadge status={status} /> },
  {
    name: names.progress,
    width: '150px',
    cell: ({ steps, step }) => {
      const done = steps.filter(({ status }) => status !== 'pending').length;
      return (
        <span>
          {operationsStrings.steps(done, steps.length)} <span className="muted">{step !== null && words(step)}</span>
        </span>
      );
    },
  },
  { name: names.waits, width: '96px', cell: ({ waiting_for }) => waiting_for ?? <span className="muted">–</span> },
  {
    name: names.by,
    width: 'minmax(140px, 1.2fr)',
    cell: ({ requested_by: { name, app } }) => (
      <TwoLines first={name} second={app === null ? undefined : operationsStrings.through(app)} />
    ),
  },
  { name: names.started, width: '120px', cell: ({ created_at }) => <Moment time={created_at} /> },
];

/** `/operations`: all long-running work, the newest first. */
export function OperationsPage() {
  const [filters, change] = useFilters(OPERATION_FILTERS);
  const list = useList('list_operations', { limit: 100, ...filters } as Input<'list_operations'>);
  const isFiltered = Object.keys(filters).length > 0;
  return (
    <>
      <PageHead title={operationsStrings.title} text={operationsStrings.text} />
      <FilterRow onClear={isFiltered ? () => change({ actor: '', kind: '', status: '' }) : null}>
        <TextFilter
          label={strings.actor}
          placeholder={strings.actorHint}
          value={filters.actor}
          onChange={(actor) => change({ actor })}
        />
        <ChoiceFilter
          label={strings.kind}
          choices={KINDS}
          otherwise={strings.anyKind}
          value={filters.kind}
          onChange={(kind) => change({ kind })}
        />
        <ChoiceFilter
          label={strings.status}
          choices={STATUSES}
          otherwise={strings.anyStatus}
          value={filters.status}
          onChange={(status) => change({ status })}
        />
      </FilterRow>
      <Panel flush>
        <ListTable
          list={list}
          label={operationsStrings.title}
          columns={columns}
          none={<EmptyState icon={<IconProgressCheck size={20} />} {...(isFiltered ? nothing : empty)} />}
        />
      </Panel>
    </>
  );
}
