import {
  type InfiniteData,
  keepPreviousData,
  type UseInfiniteQueryResult,
  type UseQueryResult,
  useInfiniteQuery,
  useQuery,
} from '@tanstack/react-query';
import { organization } from './boot.ts';
import { call } from './call.ts';
import type { Input, OperationName, Output } from './registry.ts';

/** Answers are kept by organization, operation and input. */
export function keyOf(name: OperationName, input?: object): readonly unknown[] {
  return input === undefined ? [organization.id, name] : [organization.id, name, input];
}

export interface ReadOptions {
  enabled?: boolean;
  /** Members that are worked out anew at each call, such as a time; the answer is kept without them. */
  present?: () => object;
  /** Shows the answer to the input before while the new one is fetched: for filters and sorting. */
  keepPrevious?: boolean;
}

/** The answer of a reading operation, kept fresh by the event stream. */
export function useOperation<Name extends OperationName>(
  name: Name,
  input: Input<Name>,
  { enabled = true, keepPrevious = false, present }: ReadOptions = {},
): UseQueryResult<Output<Name>> {
  return useQuery({
    queryKey: keyOf(name, input),
    queryFn: ({ signal }) => call(name, { ...input, ...present?.() }, { signal }),
    enabled,
    ...(keepPrevious && { placeholderData: keepPreviousData }),
  }) as UseQueryResult<Output<Name>>;
}

/** A list's pages, fetched one after the other as they are asked for. */
export function useList<Name extends OperationName>(
  name: Name,
  input: Input<Name>,
  { enabled = true, keepPrevious = true }: ReadOptions = {},
): UseInfiniteQueryResult<InfiniteData<Output<Name>>> {
  return useInfiniteQuery({
    queryKey: [...keyOf(name, input), 'pages'],
    queryFn: ({ signal, pageParam }) => call(name, { ...input, cursor: pageParam }, { signal }),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page as { next_cursor?: string | null }).next_cursor ?? undefined,
    enabled,
    ...(keepPrevious && { placeholderData: keepPreviousData }),
  }) as UseInfiniteQueryResult<InfiniteData<Output<Name>>>;
}
