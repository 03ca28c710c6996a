import { isWorse } from '../domain/alert-metrics.ts';
import { nextReminder } from '../domain/alert-reminders.ts';
import { conditionInWords } from '../domain/alert-rules.ts';
import { isForgotten } from '../domain/alert-state.ts';
import type { EvaluatedRule } from './alert-evaluation.ts';
import type { Ask } from './alert-traffic.ts';

/** A value that moved by less is not written anew. */
const WORTH_WRITING = 0.05;

const FORGET_STATES = `
  DELETE FROM alert_rule_state s USING unnest($1::uuid[], $2::uuid[]) AS gone (rule_id, agent_id)
  WHERE s.rule_id = gone.rule_id AND s.agent_id = gone.agent_id`;
const KEEP_STATES = `
  INSERT INTO alert_rule_state (rule_id, agent_id, organization_id, phase, since, quiet_since, ended_at, returns, alert_id)
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::timestamptz[], $7::timestamptz[],
    $8::int[], $9::uuid[])
  ON CONFLICT (rule_id, agent_id) DO UPDATE SET (phase, since, quiet_since, ended_at, returns, alert_id) =
    (excluded.phase, excluded.since, excluded.quiet_since, excluded.ended_at, excluded.returns, excluded.alert_id)`;

const BEGIN_ALERTS = `
  INSERT INTO alert (id, organization_id, kind, rule_id, name, severity, text, threshold, is_group, since, fired_at, remind_at)
  SELECT id, organization_id, 'rule', rule_id, name, severity, text, threshold, is_group, since, fired_at, remind_at
  FROM jsonb_to_recordset($1) AS begun (id uuid, organization_id uuid, rule_id uuid, name text, severity text, text text,
    threshold float8, is_group boolean, since timestamptz, fired_at timestamptz, remind_at timestamptz)`;
// An agent that fires again in an incident of many is one of them again.
const KEEP_AGENTS = `
  INSERT INTO alert_agent AS known (alert_id, agent_id, organization_id, since, value, ended_at)
  SELECT alert_id, agent_id, organization_id, since, value, ended_at FROM jsonb_to_recordset($1) AS agent
    (alert_id uuid, agent_id uuid, organization_id uuid, since timestamptz, value float8, ended_at timestamptz)
  ON CONFLICT (alert_id, agent_id) DO UPDATE
    SET (since, value, ended_at) = (excluded.since, coalesce(excluded.value, known.value), excluded.ended_at)`;
const RENEW_VALUES = `
  UPDATE alert_agent a SET value = known.value
  FROM jsonb_to_recordset($1) AS known (alert_id uuid, agent_id uuid, value float8)
  WHERE a.alert_id = known.alert_id AND a.agent_id = known.agent_id`;
const NOTE_BEGINNINGS = `
  INSERT INTO alert_change (alert_id, sequence, organization_id, change, at, value)
  SELECT id, 1, organization_id, 'firing', fired_at, value
  FROM jsonb_to_recordset($1) AS begun (id uuid, organization_id uuid, fired_at timestamptz, value float8)`;
const RESOLVE_ALERTS = `
  WITH resolved AS (
    UPDATE alert a SET state = 'resolved', resolved_at = over.at, remind_at = NULL, sequence = a.sequence + 1
    FROM jsonb_to_recordset($1) AS over (id uuid, at timestamptz, value float8, note text)
    WHERE a.id = over.id AND a.state <> 'resolved'
    RETURNING a.id, a.sequence, a.organization_id, over.at, over.value, over.note)
  INSERT INTO alert_change (alert_id, sequence, organization_id, change, at, value, note)
  SELECT id, sequence, organization_id, 'resolved', at, value, note FROM resolved`;

/** Writes what rules came to: states, incidents and their changes, in one statement each, however many there are. */
export async function writeOutcomes(ask: Ask, evaluated: readonly EvaluatedRule[]): Promise<void> {
  const begun = evaluated.flatMap(beginnings);
  const write = async (statement: string, rows: readonly object[]) => {
    if (rows.length > 0) await ask(statement, [JSON.stringify(rows)]);
  };
  await write(BEGIN_ALERTS, begun);
  await write(NOTE_BEGINNINGS, begun);
  await write(KEEP_AGENTS, evaluated.flatMap(members));
  await write(RENEW_VALUES, evaluated.flatMap(movedValues));
  await write(RESOLVE_ALERTS, evaluated.flatMap(resolutions));
  await writeStates(ask, evaluated);
}

const time = (milliseconds: number) => new Date(milliseconds).toISOString();

function beginnings({ rule, plan }: EvaluatedRule) {
  return plan.begun.map(({ alertId, isGroup, fired }) => {
    const at = fired[0]?.at ?? 0;
    const values = fired.flatMap(({ value }) => value ?? []);
    return {
      id: alertId,
      organization_id: rule.organizationId,
      rule_id: rule.id,
      name: rule.name,
      severity: rule.severity,
      text: conditionInWords(rule),
      threshold: rule.threshold,
      is_group: isGroup,
      since: time(Math.min(...fired.map(({ since }) => since))),
      fired_at: time(at),
      remind_at: time(nextReminder(rule.severity, at)),
      value: values.toSorted((one, other) => (isWorse(rule.comparison, one, other) ? -1 : 1))[0] ?? null,
    };
  });
}

function members({ rule, outcome, plan }: EvaluatedRule) {
  return plan.members.map(({ alertId, last }) => ({
    alert_id: alertId,
    agent_id: last.agentId,
    organization_id: rule.organizationId,
    since: time(last.since),
    value: last.change === 'fired' ? (outcome.values.get(last.agentId) ?? last.value) : last.value,
    ended_at: last.change === 'ended' ? time(last.at) : null,
  }));
}

/** Present values of agents that fired before already. */
function movedValues({ outcome, plan, before }: EvaluatedRule) {
  const isNew = new Set(plan.members.map(({ last }) => last.agentId));
  return [...outcome.values].flatMap(([agentId, value]) => {
    const kept = before.get(agentId);
    if (kept?.alertId == null || isNew.has(agentId) || !isWorthWriting(kept.value, value)) return [];
    return [{ alert_id: kept.alertId, agent_id: agentId, value }];
  });
}

function isWorthWriting(kept: number | null, value: number): boolean {
  return kept === null || Math.abs(value - kept) > Math.abs(kept) * WORTH_WRITING;
}

function resolutions({ plan }: EvaluatedRule) {
  return plan.resolved.map(({ alertId, last }) => ({
    id: alertId,
    at: time(last.at),
    value: last.value,
    note: last.note,
  }));
}

async function writeStates(ask: Ask, evaluated: readonly EvaluatedRule[]): Promise<void> {
  const changed = evaluated.flatMap(({ rule, outcome, plan }) =>
    [...outcome.states].map(([agentId, state]) => ({
      rule,
      agentId,
      state,
      alertId: plan.firing.get(agentId) ?? null,
    })),
  );
  const forgotten = changed.filter(({ state }) => isForgotten(state));
  const kept = changed.filter(({ state }) => !isForgotten(state));
  if (forgotten.length > 0) {
    await ask(FORGET_STATES, [forgotten.map(({ rule }) => rule.id), forgotten.map(({ agentId }) => agentId)]);
  }
  if (kept.length === 0) return;
  const times = (member: 'since' | 'quietSince' | 'endedAt') =>
    kept.map(({ state }) => (state[member] === null ? null : time(state[member])));
  await ask(KEEP_STATES, [
    kept.map(({ rule }) => rule.id),
    kept.map(({ agentId }) => agentId),
    kept.map(({ rule }) => rule.organizationId),
    kept.map(({ state }) => state.phase),
    times('since'),
    times('quietSince'),
    times('endedAt'),
    kept.map(({ state }) => state.returns),
    kept.map(({ alertId }) => alertId),
  ]);
}
