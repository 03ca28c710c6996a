import type { OpenIncident } from '../domain/alert-incidents.ts';
import type { AlertMetric, Comparison } from '../domain/alert-metrics.ts';
import type { AlertSeverity } from '../domain/alert-notification.ts';
import type { AlertRuleDefinition, AlertScope } from '../domain/alert-rules.ts';
import type { RuleState } from '../domain/alert-state.ts';
import type { AlertRule } from './generated/client.ts';

/** The columns of alert_rule that its evaluation is made from, as Prisma names them. */
export type AlertRuleRow = Pick<
  AlertRule,
  | 'id'
  | 'organizationId'
  | 'name'
  | 'metric'
  | 'comparison'
  | 'threshold'
  | 'windowSeconds'
  | 'forSeconds'
  | 'minimumCalls'
  | 'scopeAgentIds'
  | 'scopeLabel'
  | 'severity'
  | 'evaluatedFrom'
>;

/** The same columns in SQL. */
export const RULE_COLUMNS = `r.id, r.organization_id AS "organizationId", r.name, r.metric, r.comparison, r.threshold,
  r.window_seconds AS "windowSeconds", r.for_seconds AS "forSeconds", r.minimum_calls AS "minimumCalls",
  r.scope_agent_ids AS "scopeAgentIds", r.scope_label AS "scopeLabel", r.severity, r.evaluated_from AS "evaluatedFrom"`;

export function scopeOf({ scopeAgentIds, scopeLabel }: Pick<AlertRuleRow, 'scopeAgentIds' | 'scopeLabel'>): AlertScope {
  if (scopeLabel !== null) return { kind: 'label', label: scopeLabel };
  return scopeAgentIds.length === 0 ? { kind: 'any' } : { kind: 'agents', agentIds: scopeAgentIds };
}

export function ruleOf(row: AlertRuleRow): AlertRuleDefinition {
  return {
    id: row.id,
    organizationId: row.organizationId,
    name: row.name,
    metric: row.metric as AlertMetric,
    comparison: row.comparison as Comparison,
    threshold: row.threshold,
    windowSeconds: row.windowSeconds,
    forSeconds: row.forSeconds,
    minimumCalls: row.minimumCalls,
    scope: scopeOf(row),
    severity: row.severity as AlertSeverity,
    evaluatedFrom: row.evaluatedFrom.getTime(),
  };
}

/** A row of alert_rule_state, with the alert that it fires and the value that was kept last. */
export interface StateRow {
  ruleId: string;
  agentId: string;
  phase: RuleState['phase'];
  since: Date | null;
  quietSince: Date | null;
  endedAt: Date | null;
  returns: number;
  alertId: string | null;
  isGroup: boolean | null;
  value: number | null;
}

export const STATES = `
  SELECT s.rule_id AS "ruleId", s.agent_id AS "agentId", s.phase, s.since, s.quiet_since AS "quietSince",
    s.ended_at AS "endedAt", s.returns, s.alert_id AS "alertId", a.is_group AS "isGroup", g.value
  FROM alert_rule_state s
  LEFT JOIN alert a ON a.id = s.alert_id AND a.organization_id = s.organization_id
  LEFT JOIN alert_agent g ON g.alert_id = s.alert_id AND g.agent_id = s.agent_id
  WHERE s.organization_id = ANY ($1::uuid[])`;

export function stateOf({ phase, since, quietSince, endedAt, returns }: StateRow): RuleState {
  const time = (date: Date | null) => date?.getTime() ?? null;
  return { phase, since: time(since), quietSince: time(quietSince), endedAt: time(endedAt), returns };
}

/** A rule's open incidents, as its states tell them. */
export function openIncidents(states: readonly StateRow[]): OpenIncident[] {
  const incidents = new Map<string, OpenIncident>();
  for (const { alertId, isGroup, agentId } of states) {
    if (alertId === null) continue;
    const incident = incidents.get(alertId) ?? { alertId, isGroup: isGroup === true, agentIds: new Set<string>() };
    incident.agentIds.add(agentId);
    incidents.set(alertId, incident);
  }
  return [...incidents.values()];
}
