import type pg from 'pg';
import type { RequestLogRow } from './request-log-row.ts';

const NOTE_USES = `
  INSERT INTO last_use AS known (subject_id, organization_id, agent_id, last_used_at, calls)
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::bigint[])
  ON CONFLICT (subject_id) DO UPDATE SET calls = known.calls + excluded.calls,
    agent_id = CASE WHEN excluded.last_used_at >= known.last_used_at THEN excluded.agent_id ELSE known.agent_id END,
    last_used_at = greatest(known.last_used_at, excluded.last_used_at)`;

const COUNT_PLAN_USE = `
  INSERT INTO plan_use (organization_id, month, requests)
  SELECT * FROM unnest($1::uuid[], $2::date[], $3::bigint[])
  ON CONFLICT (organization_id, month) DO UPDATE SET requests = plan_use.requests + excluded.requests`;

/** Refusals that consume nothing of the plan: by a limit, or before the limits are looked at. */
export const UNCOUNTED_ERRORS: ReadonlySet<string> = new Set([
  'rate_limited',
  'plan_limit_reached',
  'agent_disabled',
  'host_not_allowed',
  'circuit_open',
]);

interface Use {
  calls: number;
  /** The latest of them. */
  last: RequestLogRow;
}

/**
 * Notes when agents, agent keys and credential versions were last used, by which agent, and how often. Part of the batch's
 * transaction, so that no call counts twice. One order for all writers: no deadlock.
 */
export async function noteUses(client: pg.ClientBase, rows: readonly RequestLogRow[]): Promise<void> {
  const noted = new Map<string, Use>();
  for (const row of rows) {
    note(noted, row.agentId, row);
    if (row.agentKeyId !== null) note(noted, row.agentKeyId, row);
    for (const versionId of row.credentialVersionIds) note(noted, versionId, row);
  }
  const uses = [...noted].sort(bySubject);
  await client.query(NOTE_USES, [
    uses.map(([subject]) => subject),
    uses.map(([, { last }]) => last.organizationId),
    uses.map(([, { last }]) => last.agentId),
    uses.map(([, { last }]) => new Date(last.time)),
    uses.map(([, { calls }]) => calls),
  ]);
}

function note(noted: Map<string, Use>, subject: string, row: RequestLogRow): void {
  const known = noted.get(subject);
  if (known === undefined) {
    noted.set(subject, { calls: 1, last: row });
    return;
  }
  known.calls += 1;
  if (known.last.time < row.time) known.last = row;
}

/** Counts what the plans' months have used of their calls. The relay reads it back for the monthly limit. */
export async function countPlanUse(client: pg.ClientBase, rows: readonly RequestLogRow[]): Promise<void> {
  const counts = new Map<string, number>();
  for (const { errorCode, organizationId, time } of rows) {
    if (errorCode !== null && UNCOUNTED_ERRORS.has(errorCode)) continue;
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
