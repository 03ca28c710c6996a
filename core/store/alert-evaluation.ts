import type pg from 'pg';
import { v7 as uuid } from 'uuid';
import { evaluateRule, lastCompleteEnd, type RuleOutcome, Windows, windowEnds } from '../domain/alert-evaluation.ts';
import type { AgentHistory } from '../domain/alert-facts.ts';
import { type IncidentPlan, planIncidents } from '../domain/alert-incidents.ts';
import type { AlertRuleDefinition } from '../domain/alert-rules.ts';
import type { AlertShard } from '../domain/alert-workflow.ts';
import { HOUR_MS, MINUTE_MS } from '../domain/times.ts';
import { readHistories } from './alert-histories.ts';
import {
  type AlertRuleRow,
  openIncidents,
  RULE_COLUMNS,
  ruleOf,
  STATES,
  type StateRow,
  stateOf,
} from './alert-rows.ts';
import type { Ask } from './alert-traffic.ts';
import { writeOutcomes } from './alert-writes.ts';
import { inTransaction } from './pool-transaction.ts';
import { MINUTES_KEPT_HOURS } from './traffic-rollup.ts';

/** What a rule came to, with what is written of it. */
export interface EvaluatedRule {
  rule: AlertRuleDefinition;
  outcome: RuleOutcome;
  plan: IncidentPlan;
  /** As they were before, by agent ID. */
  before: ReadonlyMap<string, StateRow>;
}

/** One transaction takes so many organizations through so many windows. */
const ORGANIZATIONS_AT_ONCE = 100;
const WINDOWS_AT_ONCE = 60;
/** After a longer pause, the windows before are left out: their minutes, and those of a window of a day, may be gone. */
const LONGEST_PAUSE_MS = (MINUTES_KEPT_HOURS - 24) * HOUR_MS;

/** Of $2 shards, the one that is $3. */
export const IN_SHARD = 'mod(hashtextextended(organization_id::text, 0) & 2147483647, $2) = $3';

// A new rule of an organization that had none for long does not begin at where that one's evaluation stopped.
const BEHIND = `
  SELECT organization_id AS id, after FROM (
    SELECT r.organization_id, greatest(e.evaluated_through, min(r.evaluated_from), $4::timestamptz) AS after
    FROM alert_rule r LEFT JOIN alert_evaluation e USING (organization_id)
    WHERE r.enabled AND r.deleted_at IS NULL AND ($6::uuid[] IS NULL OR r.organization_id = ANY ($6::uuid[]))
    GROUP BY r.organization_id, e.evaluated_through) AS organization
  WHERE ${IN_SHARD} AND after <= $1::timestamptz - interval '1 minute' AND organization_id <> ALL ($5::uuid[])
  ORDER BY after, organization_id LIMIT ${ORGANIZATIONS_AT_ONCE}`;

interface Behind {
  id: string;
  after: Date;
}

/**
 * Takes every rule of a shard's organizations through the windows that have ended since they were evaluated last; how far
 * they came is committed with what they came to, so that no window is left out and none counts twice, whatever dies.
 * @param now milliseconds since the epoch
 * @throws the first fault, after all organizations that have none were evaluated
 */
export async function evaluateAlertRules(pool: pg.Pool, shard: AlertShard, now: number): Promise<void> {
  const faults = new Map<string, unknown>();
  for (;;) {
    const behind = await findBehind((text, values) => rowsOf(pool, text, values), shard, now, [...faults.keys()], null);
    const [first] = behind;
    if (first === undefined) break;
    const batch = behind.filter(({ after }) => after.getTime() === first.after.getTime());
    await evaluateBatch(pool, shard, now, batch, faults);
  }
  for (const fault of faults.values()) throw fault;
}

async function rowsOf<Row>(client: Pick<pg.Pool, 'query'>, text: string, values: unknown[]): Promise<Row[]> {
  return (await client.query(text, values)).rows as Row[];
}

function findBehind(
  ask: Ask,
  { shard, shards }: AlertShard,
  now: number,
  without: string[],
  only: string[] | null,
): Promise<Behind[]> {
  const earliest = new Date(now - LONGEST_PAUSE_MS);
  return ask<Behind>(BEHIND, [new Date(lastCompleteEnd(now)), shards, shard, earliest, without, only]);
}

/** One organization's fault keeps no other waiting: what fails together is tried alone. */
async function evaluateBatch(
  pool: pg.Pool,
  shard: AlertShard,
  now: number,
  batch: Behind[],
  faults: Map<string, unknown>,
): Promise<void> {
  try {
    await inTransaction(pool, (client) => evaluate((text, values) => rowsOf(client, text, values), shard, now, batch));
  } catch (error) {
    const [first, second] = batch;
    if (second !== undefined) for (const one of batch) await evaluateBatch(pool, shard, now, [one], faults);
    else if (first !== undefined) faults.set(first.id, error);
  }
}

// Whoever changes or deletes a rule waits for it, and it for them (core/services/alert-rules.ts).
const LOCK = `
  SELECT pg_advisory_xact_lock(hashtextextended('alert_rules ' || id, 0)) FROM (SELECT unnest($1::uuid[]) AS id ORDER BY 1) AS organization`;
const RULES = `
  SELECT ${RULE_COLUMNS} FROM alert_rule r
  WHERE r.organization_id = ANY ($1::uuid[]) AND r.enabled AND r.deleted_at IS NULL ORDER BY r.id`;
const MOVE_ON = `
  INSERT INTO alert_evaluation (organization_id, evaluated_through) SELECT unnest($1::uuid[]), $2
  ON CONFLICT (organization_id) DO UPDATE SET evaluated_through = excluded.evaluated_through`;

async function evaluate(ask: Ask, shard: AlertShard, now: number, batch: Behind[]): Promise<void> {
  const expected = batch[0]?.after.getTime() ?? 0;
  const wanted = batch.map(({ id }) => id);
  await ask(LOCK, [wanted]);
  // An evaluation that was given up, but not over, may have come before.
  const behind = await findBehind(ask, shard, now, [], wanted);
  const organizationIds = behind.filter(({ after }) => after.getTime() === expected).map(({ id }) => id);
  if (organizationIds.length === 0) return;
  const last = Math.min(lastCompleteEnd(now), expected + WINDOWS_AT_ONCE * MINUTE_MS);
  const ends = windowEnds(expected, last);
  const rules = (await ask<AlertRuleRow>(RULES, [organizationIds])).map(ruleOf);
  const states = Map.groupBy(await ask<StateRow>(STATES, [organizationIds]), ({ ruleId }) => ruleId);
  const agents = await readHistories(ask, { organizationIds, agentIds: null }, rules, ends);
  const evaluated = [...Map.groupBy(rules, (rule) => rule.organizationId)].flatMap(([organizationId, own]) =>
    evaluateRules(own, agents.get(organizationId) ?? [], ends, states),
  );
  await writeOutcomes(ask, evaluated);
  await ask(MOVE_ON, [organizationIds, new Date(last)]);
}

function evaluateRules(
  rules: readonly AlertRuleDefinition[],
  agents: readonly AgentHistory[],
  ends: readonly number[],
  states: ReadonlyMap<string, StateRow[]>,
): EvaluatedRule[] {
  const windows = new Windows(ends);
  return rules.map((rule) => {
    const rows = states.get(rule.id) ?? [];
    const before = new Map(rows.map((row) => [row.agentId, row]));
    const known = new Map(rows.map((row) => [row.agentId, stateOf(row)]));
    const outcome = evaluateRule(rule, agents, windows, known);
    return { rule, outcome, plan: planIncidents(openIncidents(rows), outcome.transitions, uuid), before };
  });
}
