import { type AlertMetric, type Comparison, METRICS } from '../../../core/domain/alert-metrics.ts';
import type { AlertSeverity } from '../../../core/domain/alert-notification.ts';
import type { Input, Item } from '../../client/registry.ts';

/** A rule as its form holds it: shares in per cent, times in minutes, empty fields as empty texts. */
export interface RuleDraft {
  name: string;
  metric: AlertMetric;
  comparison: Comparison;
  threshold: number | '';
  windowMinutes: number | '';
  forMinutes: number | '';
  minimumCalls: number | '';
  scope: 'any' | 'agents' | 'label';
  agents: string[];
  label: string;
  severity: AlertSeverity;
  channels: string[];
}

export const NEW_RULE: RuleDraft = {
  name: '',
  metric: 'error_rate',
  comparison: 'gt',
  threshold: 5,
  windowMinutes: 1,
  forMinutes: 10,
  minimumCalls: 1,
  scope: 'any',
  agents: [],
  label: '',
  severity: 'warning',
  channels: [],
};

const isShare = (metric: AlertMetric): boolean => METRICS[metric].unit === 'share';
/** Without the rests of binary fractions. */
const rounded = (value: number): number => Number(value.toPrecision(12));

export function draftOf(rule: Item<'list_alert_rules'>): RuleDraft {
  const metric = rule.metric as AlertMetric;
  const { agents, label } = rule.scope;
  return {
    name: rule.name,
    metric,
    comparison: rule.comparison as Comparison,
    threshold: rounded(isShare(metric) ? rule.threshold * 100 : rule.threshold),
    windowMinutes: rule.window_seconds / 60,
    forMinutes: rule.for_seconds / 60,
    minimumCalls: rule.minimum_calls,
    scope: label === undefined ? (Array.isArray(agents) ? 'agents' : 'any') : 'label',
    agents: Array.isArray(agents) ? agents : [],
    label: label ?? '',
    severity: rule.severity as AlertSeverity,
    channels: rule.channels,
  };
}

function scopeOf({ scope, agents, label }: RuleDraft): Input<'create_alert_rule'>['scope'] | null {
  if (scope === 'any') return { agents: 'any' };
  if (scope === 'agents') return agents.length === 0 ? null : { agents };
  return label.trim() === '' ? null : { label: label.trim() };
}

/** What the rule waits for; null while something is missing. */
export function conditionOf(draft: RuleDraft) {
  const { metric, comparison, threshold, windowMinutes, forMinutes, minimumCalls } = draft;
  const scope = scopeOf(draft);
  if (scope === null || windowMinutes === '' || forMinutes === '' || minimumCalls === '') return null;
  const times = {
    window_seconds: windowMinutes * 60,
    for_seconds: forMinutes * 60,
    minimum_calls: minimumCalls,
    scope,
  };
  if (metric === 'no_traffic') return { metric, ...times };
  if (threshold === '') return null;
  return { metric, comparison, threshold: rounded(isShare(metric) ? threshold / 100 : threshold), ...times };
}
