import type { ReactNode } from 'react';
import { exportLines } from '../client/export-lines.ts';
import { type FilterValues, useFilters } from '../client/filters.ts';
import type { Input, Item } from '../client/registry.ts';
import { type LogName, useLog } from '../client/use-log.ts';
import { filterStrings } from '../strings/filters.ts';
import { logStrings } from '../strings/logs.ts';
import type { Column } from './data-table.tsx';
import { ExpandableTable } from './expandable-table.tsx';
import { FilterRow } from './filter-row.tsx';
import { ChoiceFilter } from './filters.tsx';
import { LiveBadge } from './live-badge.tsx';
import { Loaded, Waiting } from './loaded.tsx';
import { LogActions } from './log-actions.tsx';
import { PageHead } from './page-head.tsx';
import { Panel } from './panel.tsx';

const SINCE = '7d';

/** The page of a log: filters of its own beside status and time, and rows that open. */
export function LogPage<Name extends LogName, Filter extends string>({
  log: name,
  strings,
  file,
  filterNames,
  filters: ownFilters,
  first,
  columns,
  detail,
  none,
  actions,
}: {
  log: Name;
  strings: { title: string; text: string; table: string };
  /** What the rows are saved as. */
  file: string;
  filterNames: readonly (Filter | 'status' | 'since')[];
  filters: (values: FilterValues<Filter>, change: (to: FilterValues<Filter>) => void) => ReactNode;
  first: Column<Item<Name>>;
  columns: readonly Column<Item<Name>>[];
  detail: (row: Item<Name>) => ReactNode;
  none: (isFiltered: boolean) => ReactNode;
  actions?: ReactNode;
}) {
  const [filters, change] = useFilters<string>(filterNames);
  const isFiltered = Object.keys(filters).length > 0;
  const input = { ...filters, since: filters.since ?? SINCE } as unknown as Input<Name>;
  const { log, rows, isLive, pause, fetchMore, refresh } = useLog(name, { ...input, limit: 100 });
  const clear = (): void => change(Object.fromEntries(filterNames.map((filter) => [filter, ''])));
  return (
    <>
      <PageHead
        title={strings.title}
        text={strings.text}
        badge={<LiveBadge isLive={isLive} />}
        actions={
          <>
            <LogActions
              onRefresh={refresh}
              isRefreshing={log.isLoading || log.isPlaceholderData}
              onExport={() => exportLines(name, input, file)}
            />
            {actions}
          </>
        }
      />
      <FilterRow onClear={isFiltered ? clear : null}>
        {ownFilters(filters as FilterValues<Filter>, change)}
        <ChoiceFilter
          label={filterStrings.status}
          choices={filterStrings.statusChoices}
          otherwise={filterStrings.anyStatus}
          value={filters.status}
          onChange={(status) => change({ status })}
        />
        <ChoiceFilter
          label={filterStrings.since}
          choices={filterStrings.sinceChoices}
          value={filters.since ?? SINCE}
          onChange={(since) => change({ since })}
        />
      </FilterRow>
      <Panel flush>
        <Loaded query={log} waiting={<Waiting lines={10} />}>
          {() =>
            rows.length === 0 ? (
              none(isFiltered)
            ) : (
              <ExpandableTable
                label={strings.table}
                first={first}
                columns={columns}
                rows={rows}
                idOf={(row) => (row as { id: string }).id}
                detail={detail}
                onOpen={pause}
                onNearEnd={fetchMore}
                foot={log.hasNextPage ? logStrings.fetching : logStrings.end}
              />
            )
          }
        </Loaded>
      </Panel>
    </>
  );
}
