import { Skeleton } from '@mantine/core';
import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { commonStrings } from '../strings/common.ts';
import { Failure } from './failure.tsx';

const WIDTHS = Array.from({ length: 12 }, (_, line) => [line, line % 3 === 2 ? '60%' : '100%'] as const);

/** Lines in the place of what is being fetched. */
export function Waiting({ lines = 4 }: { lines?: number }) {
  return (
    <div role="status" aria-label={commonStrings.loading}>
      {WIDTHS.slice(0, lines).map(([line, width]) => (
        <Skeleton key={line} height={16} mb={12} width={width} />
      ))}
    </div>
  );
}

/**
 * What a query found, or that it is under way, or why it failed. Where an older answer is there, it stays: the shell
 * says when the server is away.
 */
export function Loaded<Data>({
  query,
  waiting = <Waiting />,
  children,
}: {
  query: Pick<UseQueryResult<Data>, 'data' | 'error' | 'refetch'>;
  waiting?: ReactNode;
  children: (data: Data) => ReactNode;
}) {
  const { data, error, refetch } = query;
  if (data !== undefined) return children(data);
  if (error !== null) return <Failure error={error} onRetry={() => void refetch()} />;
  return waiting;
}
