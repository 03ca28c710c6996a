import { type AgentHistory, type BreakerChange, openTimes } from '../domain/alert-facts.ts';
import type { AlertMetric } from '../domain/alert-metrics.ts';
import type { AlertCondition } from '../domain/alert-rules.ts';
import { WindowEdges } from '../domain/alert-windows.ts';
import { type Ask, readCallHistories, readLatencyHistories, type WhoseCalls } from './alert-traffic.ts';

/** The metrics that are made from calls. */
const OF_CALLS: readonly AlertMetric[] = [
  'error_rate',
  'server_errors',
  'p95_latency_ms',
  'requests',
  'throttled_share',
  'spend',
  'no_traffic',
];

/** Those of the metrics' windows, in milliseconds. */
function windowsOf(conditions: readonly AlertCondition[], metrics: readonly AlertMetric[]): Set<number> {
  const some = conditions.filter(({ metric }) => metrics.includes(metric));
  return new Set(some.map(({ windowSeconds }) => windowSeconds * 1_000));
}

interface AgentRow {
  id: string;
  organizationId: string;
  labels: string[];
  enabled: boolean;
  createdAt: Date;
  hasBeenCalled: boolean;
}

const AGENTS = `
  SELECT a.id, a.organization_id AS "organizationId", a.labels, a.enabled, a.created_at AS "createdAt",
    u.subject_id IS NOT NULL AS "hasBeenCalled"
  FROM agent a LEFT JOIN last_use u ON u.subject_id = a.id AND u.organization_id = a.organization_id
  WHERE a.organization_id = ANY ($1::uuid[]) AND a.deleted_at IS NULL AND ($2::uuid[] IS NULL OR a.id = ANY ($2::uuid[]))`;

/**
 * What conditions need to know of organizations' agents for windows that end at some moments: as few statements as the
 * conditions' metrics take, whatever the number of agents and rules.
 * @returns by organization ID
 */
export async function readHistories(
  ask: Ask,
  whose: WhoseCalls,
  conditions: readonly AlertCondition[],
  ends: readonly number[],
): Promise<Map<string, AgentHistory[]>> {
  const isAsked = (metric: AlertMetric) => conditions.some((condition) => condition.metric === metric);
  const callWindows = windowsOf(conditions, OF_CALLS);
  const latencyWindows = windowsOf(conditions, ['p95_latency_ms']);
  const breakerWindows = windowsOf(conditions, ['breaker_open']);
  const agents = await ask<AgentRow>(AGENTS, [whose.organizationIds, whose.agentIds]);
  const calls = await readCallHistories(ask, whose, edgesOf(ends, callWindows));
  const latencies = await readLatencyHistories(ask, whose, edgesOf(ends, latencyWindows));
  const earliest = Math.min(...ends) - Math.max(0, ...breakerWindows);
  const breakers = breakerWindows.size === 0 ? undefined : await readBreakers(ask, whose, earliest);
  const scores = isAsked('health_score') ? await readScores(ask, whose) : undefined;
  const expiries = isAsked('credential_expires_days') ? await readExpiries(ask, whose) : undefined;
  const histories = agents.map(({ organizationId, createdAt, ...agent }) => ({
    organizationId,
    ...agent,
    createdAt: createdAt.getTime(),
    calls: calls.get(agent.id),
    latencies: latencies.get(agent.id),
    openTimes: breakers?.get(agent.id) ?? [],
    health: scores?.get(agent.id) ?? null,
    credentialExpiresAt: expiries?.get(agent.id) ?? null,
  }));
  return Map.groupBy(histories, ({ organizationId }) => organizationId);
}

function edgesOf(ends: readonly number[], windows: ReadonlySet<number>): WindowEdges {
  return new WindowEdges(windows.size === 0 ? [] : ends, windows);
}

// The last change before the time tells how it begins; what a person holds open ends by itself.
const CHANGE = `SELECT time, from_state, to_state, CASE to_state WHEN 'open' THEN (evidence ->> 'until')::timestamptz END AS until
  FROM circuit_breaker_event WHERE organization_id = a.organization_id AND agent_id = a.id`;
const BREAKER_CHANGES = `
  SELECT a.id AS "agentId", coalesce(b.state, 'closed') AS state, e.time, e.from_state AS "from", e.to_state AS "to", e.until
  FROM agent a LEFT JOIN circuit_breaker b ON b.agent_id = a.id AND b.organization_id = a.organization_id
  LEFT JOIN LATERAL (
    (${CHANGE} AND time < $3::timestamptz ORDER BY time DESC LIMIT 1) UNION ALL (${CHANGE} AND time >= $3::timestamptz)) AS e ON true
  WHERE a.organization_id = ANY ($1::uuid[]) AND a.deleted_at IS NULL AND ($2::uuid[] IS NULL OR a.id = ANY ($2::uuid[]))
    AND (b.state <> 'closed' OR e.time IS NOT NULL)
  ORDER BY a.id, e.time`;

interface ChangeRow {
  agentId: string;
  state: string;
  time: Date | null;
  from: string;
  to: string;
  until: Date | null;
}

async function readBreakers(ask: Ask, { organizationIds, agentIds }: WhoseCalls, from: number) {
  const rows = await ask<ChangeRow>(BREAKER_CHANGES, [organizationIds, agentIds, new Date(from).toISOString()]);
  const groups = Map.groupBy(rows, ({ agentId }) => agentId);
  return new Map(
    [...groups].map(([agentId, changes]) => [
      agentId,
      openTimes(changes.flatMap(breakerChange), changes[0]?.state ?? 'closed'),
    ]),
  );
}

function breakerChange({ time, from, to, until }: ChangeRow): BreakerChange[] {
  return time === null ? [] : [{ at: time.getTime(), from, to, until: until?.getTime() ?? null }];
}

const SCORES = `
  SELECT agent_id AS "agentId", score::float8, computed_at AS "computedAt" FROM agent_health
  WHERE organization_id = ANY ($1::uuid[]) AND ($2::uuid[] IS NULL OR agent_id = ANY ($2::uuid[]))`;

async function readScores(ask: Ask, { organizationIds, agentIds }: WhoseCalls) {
  const rows = await ask<{ agentId: string; score: number | null; computedAt: Date }>(SCORES, [
    organizationIds,
    agentIds,
  ]);
  return new Map(rows.map(({ agentId, score, computedAt }) => [agentId, { score, at: computedAt.getTime() }]));
}

const EXPIRIES = `
  SELECT l.agent_id AS "agentId", min(c.expires_at) AS "expiresAt"
  FROM credential_link l JOIN credential c ON c.id = l.credential_id AND c.organization_id = l.organization_id
  WHERE l.organization_id = ANY ($1::uuid[]) AND ($2::uuid[] IS NULL OR l.agent_id = ANY ($2::uuid[]))
    AND c.status = 'active' AND c.expires_at IS NOT NULL
  GROUP BY l.agent_id`;

async function readExpiries(ask: Ask, { organizationIds, agentIds }: WhoseCalls) {
  const rows = await ask<{ agentId: string; expiresAt: Date }>(EXPIRIES, [organizationIds, agentIds]);
  return new Map(rows.map(({ agentId, expiresAt }) => [agentId, expiresAt.getTime()]));
}
