import { useMemo } from 'react';
import { useOperation } from '../../client/use-operation.ts';

const MINUTE_MS = 60_000;
/** Agents without a place among the busiest carried nothing, or nearly so. */
const MOST_AGENTS = 200;

/** The last whole minute. */
function lastMinute(): { since: string; until: string } {
  const until = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
  return { since: new Date(until - MINUTE_MS).toISOString(), until: new Date(until).toISOString() };
}

/** How many calls each agent carried in the last whole minute, by its ID; undefined until it is known. */
export function useRecentUse(): ReadonlyMap<string, number> | undefined {
  const { data } = useOperation(
    'summarize_traffic',
    { group_by: 'agent', limit: MOST_AGENTS },
    { present: lastMinute },
  );
  return useMemo(
    () => data && new Map(data.items.map(({ id, key, requests }) => [id ?? key, requests] as const)),
    [data],
  );
}
