import { useQuery } from '@tanstack/react-query';
import { organization } from '../../client/boot.ts';
import { call } from '../../client/call.ts';
import type { Item } from '../../client/registry.ts';

/** How far back minutes are asked for at once, and rules replayed. */
const HOURS = 48;
const MOST_HOURS_A_CALL = 24;
const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const PAGE = 200;

export interface Minute {
  at: number;
  requests: number;
  errors: number;
  p95: number | null;
  spend: number;
}

type TrafficMinute = Item<'summarize_traffic'>;

async function fetchMinutes(range: object, signal: AbortSignal): Promise<TrafficMinute[]> {
  const found: TrafficMinute[] = [];
  let cursor: string | undefined;
  do {
    const input = { group_by: 'minute' as const, limit: PAGE, ...range, ...(cursor !== undefined && { cursor }) };
    const page = await call('summarize_traffic', input, { signal });
    found.push(...page.items);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
  return found;
}

/** Each minute of the range, those without calls too. */
function everyMinute(from: number, until: number, found: readonly TrafficMinute[]): Minute[] {
  const known = new Map(found.map((minute) => [Date.parse(minute.key), minute]));
  return Array.from({ length: Math.round((until - from) / MINUTE_MS) }, (_, index) => {
    const at = from + index * MINUTE_MS;
    const minute = known.get(at);
    return {
      at,
      requests: minute?.requests ?? 0,
      errors: minute?.errors ?? 0,
      p95: minute?.p95_ms ?? null,
      spend: minute?.spend.amount ?? 0,
    };
  });
}

/**
 * The calls of the past two days by the minute, of one agent or of all.
 * @param status only those answered so
 */
export function useMinutes(agent: string | null, status: string | null) {
  return useQuery({
    queryKey: [organization.id, 'minutes of past traffic', agent, status],
    queryFn: async ({ signal }) => {
      const until = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;
      const from = until - HOURS * HOUR_MS;
      const filter = { ...(agent !== null && { agent }), ...(status !== null && { status }) };
      const found: TrafficMinute[] = [];
      for (let since = from; since < until; since += MOST_HOURS_A_CALL * HOUR_MS) {
        const range = { since: new Date(since), until: new Date(since + MOST_HOURS_A_CALL * HOUR_MS) };
        const texts = { since: range.since.toISOString(), until: range.until.toISOString() };
        found.push(...(await fetchMinutes({ ...filter, ...texts }, signal)));
      }
      return everyMinute(from, until, found);
    },
  });
}
