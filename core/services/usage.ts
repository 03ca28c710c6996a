import { DAY_MS } from '../domain/times.ts';
import { PROJECTED_FROM_MS, projectRequests, type RecentUse, rangeOfMonth } from '../domain/usage-month.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { UNCOUNTED_ERRORS } from '../store/note-uses.ts';
import { trafficOf } from './traffic.ts';

export interface Use {
  requests: number;
  spendMicros: number;
}

/** What an organization used of a month: calls that count against the plan, and what they cost. */
export interface MonthlyUse extends Use {
  /** What the month's requests will come to; null while too little is known. */
  projected: number | null;
  /** By agent ID. */
  agents: Map<string, Use>;
  /** By day, such as `2026-11-25`, in order of time. */
  days: Map<string, Use>;
}

interface UseRow {
  agent: string | null;
  day: string | null;
  requests: number;
  spendMicros: number;
}

/**
 * @param month such as `2026-11`, not one that is to come
 * @param now milliseconds since the epoch
 */
export async function readMonthlyUse(
  transaction: OrganizationTransaction,
  month: string,
  now: number,
): Promise<MonthlyUse> {
  const range = rangeOfMonth(month);
  const isOver = range.until <= now;
  // The week from which the rest of the month is projected may have begun before the month.
  const weekFrom = startOfDay(now - PROJECTED_FROM_MS);
  const { rows: traffic } = await trafficOf(transaction, {
    from: isOver ? range.from : Math.min(range.from, weekFrom),
    until: isOver ? range.until : startOfDay(now) + DAY_MS,
  });
  const rows = await transaction.$queryRaw<UseRow[]>`
    SELECT agent::text, day::text, sum(requests)::float8 AS requests, sum(spend_micros)::float8 AS "spendMicros"
    FROM (SELECT CASE WHEN time >= ${new Date(range.from)} THEN agent_id END AS agent, (time AT TIME ZONE 'UTC')::date AS day,
        requests, spend_micros
      FROM ${traffic} AS traffic WHERE error_code <> ALL (${[...UNCOUNTED_ERRORS]})) AS counted
    GROUP BY GROUPING SETS ((agent), (day)) ORDER BY day`;
  const days = rows.filter((row) => row.day !== null && Date.parse(row.day) >= range.from);
  const requests = sumOf(days, 'requests');
  const ofWeek = rows.filter((row) => row.day !== null && Date.parse(row.day) >= weekFrom);
  const recent = await recentUse(transaction, { from: weekFrom, requests: sumOf(ofWeek, 'requests'), now });
  return {
    requests,
    spendMicros: sumOf(days, 'spendMicros'),
    projected: projectRequests(requests, range, recent, now),
    agents: new Map(rows.flatMap((row) => (row.agent === null ? [] : [[row.agent, row]]))),
    days: new Map(days.flatMap((row) => (row.day === null ? [] : [[row.day, row]]))),
  };
}

async function recentUse(
  transaction: OrganizationTransaction,
  { from, requests, now }: { from: number; requests: number; now: number },
): Promise<RecentUse> {
  if (requests === 0) return { since: null, requests };
  const [first] = await transaction.$queryRaw<{ hour: Date | null }[]>`
    SELECT min(time) AS hour FROM traffic_hour WHERE organization_id = app_organization() AND time >= ${new Date(from)}`;
  // Calls that are in no hour yet are new.
  return { since: first?.hour?.getTime() ?? now, requests };
}

function sumOf(rows: readonly UseRow[], member: 'requests' | 'spendMicros'): number {
  return rows.reduce((sum, row) => sum + row[member], 0);
}

function startOfDay(time: number): number {
  return time - (time % DAY_MS);
}
