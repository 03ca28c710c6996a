import type { InfiniteData, UseInfiniteQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { type Column, DataTable } from './data-table.tsx';
import { Loaded } from './loaded.tsx';

/** The table of a list whose pages are fetched as one scrolls; without rows, what is said instead. */
export function ListTable<Row extends { id: string }>({
  list,
  label,
  columns,
  none,
}: {
  list: UseInfiniteQueryResult<InfiniteData<{ items: Row[] }>>;
  label: string;
  columns: readonly Column<Row>[];
  none: ReactNode;
}) {
  const fetchMore = (): void => {
    if (list.hasNextPage && !list.isFetchingNextPage) void list.fetchNextPage();
  };
  return (
    <Loaded query={list}>
      {({ pages }) => {
        const rows = pages.flatMap(({ items }) => items);
        if (rows.length === 0) return none;
        return <DataTable label={label} columns={columns} rows={rows} idOf={({ id }) => id} onNearEnd={fetchMore} />;
      }}
    </Loaded>
  );
}
