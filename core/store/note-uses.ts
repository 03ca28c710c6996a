import type pg from 'pg';
import type { RequestLogRow } from './request-log-row.ts';

const NOTE_LAST_USES = `
  INSERT INTO last_use (subject_id, organization_id, last_used_at)
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[])
  ON CONFLICT (subject_id) DO UPDATE SET last_used_at = greatest(last_use.last_used_at, excluded.last_used_at)`;

const COUNT_PLAN_USE = `
  INSERT INTO plan_use (organization_id, month, requests)
  SELECT * FROM unnest($1::uuid[], $2::date[], $3::bigint[])
  ON CONFLICT (organization_id, month) DO UPDATE SET requests = plan_use.requests + excluded.requests`;

/** Refusals that consume nothing of the plan: by a limit, or before the limits are looked at. */
const UNCOUNTED = new Set(['rate_limited', 'plan_limit_reached', 'agent_disabled', 'host_not_allowed', 'circuit_open']);

/** Notes when agents, agent keys and credential versions were last used. One order for all writers: no deadlock. */
export async function noteLastUses(client: pg.ClientBase, rows: readonly RequestLogRow[]): Promise<void> {
  const latest = new Map<string, RequestLogRow>();
  for (const row of rows) {
    note(latest, row.agentId, row);
    if (row.agentKeyId !== null) note(latest, row.agentKeyId, row);
    for (const versionId of row.credentialVersionIds) note(latest, versionId, row);
  }
  const uses = [...latest].sort(bySubject);
  await client.query(NOTE_LAST_USES, [
    uses.map(([subject]) => subject),
    uses.map(([, row]) => row.organizationId),
    uses.map(([, row]) => new Date(row.time)),
  ]);
}

function note(latest: Map<string, RequestLogRow>, subject: string, row: RequestLogRow): void {
  const known = latest.get(subject);
  if (known === undefined || known.time < row.time) latest.set(subject, row);
}

/** Counts what the plans' months have used of their calls. The relay reads it back for the monthly limit. */
export async function countPlanUse(client: pg.ClientBase, rows: readonly RequestLogRow[]): Promise<void> {
  const counts = new Map<string, number>();
  for (const { errorCode, organizationId, time } of rows) {
    if (errorCode !== null && UNCOUNTED.has(errorCode)) continue;
    const subject = `${organizationId} ${monthOf(time)}`;
    counts.set(subject, (counts.get(subject) ?? 0) + 1);
  }
  const uses = [...counts].sort(bySubject);
  await client.query(COUNT_PLAN_USE, [
    uses.map(([subject]) => subject.slice(0, 36)),
    uses.map(([subject]) => subject.slice(37)),
    uses.map(([, count]) => count),
  ]);
}

let month = { from: 0, until: 0, firstDay: '' };

/** The first day of the month, UTC, that a moment is in. */
function monthOf(time: number): string {
  if (time < month.from || time >= month.until) {
    const date = new Date(time);
    const from = Date.UTC(date.getUTCFullYear(), date.getUTCMonth());
    const until = Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1);
    month = { from, until, firstDay: new Date(from).toISOString().slice(0, 10) };
  }
  return month.firstDay;
}

function bySubject([one]: [string, unknown], [other]: [string, unknown]): number {
  return one < other ? -1 : 1;
}
