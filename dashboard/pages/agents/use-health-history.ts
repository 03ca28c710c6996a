import { type UseQueryResult, useQueries } from '@tanstack/react-query';
import { call } from '../../client/call.ts';
import type { Item, Output } from '../../client/registry.ts';
import { keyOf } from '../../client/use-operation.ts';

/** Scores by hour, the latest last; null where nobody called. */
export type Histories = ReadonlyMap<string, readonly (number | null)[]>;

function byAgent(answers: UseQueryResult<Output<'get_health_history'>>[]): Histories {
  const items = answers.flatMap(({ data }) => data?.items ?? []);
  return new Map(items.map(({ agent_id, scores }) => [agent_id, scores]));
}

/** How the health of listed agents went, asked for page by page. */
export function useHealthHistory(pages: readonly { items: Item<'list_agents'>[] }[]): Histories {
  const inputs = pages.map(({ items }) => ({ agents: items.map(({ id }) => id) }));
  return useQueries({
    queries: inputs
      .filter(({ agents }) => agents.length > 0)
      .map((input) => ({
        queryKey: keyOf('get_health_history', input),
        queryFn: ({ signal }: { signal: AbortSignal }) => call('get_health_history', input, { signal }),
      })),
    combine: byAgent,
  });
}
