import { type AlertMetric, type Comparison, METRICS } from './alert-metrics.ts';
import type { AlertSeverity } from './alert-notification.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from './times.ts';

/** What a rule waits for. */
export interface AlertCondition {
  metric: AlertMetric;
  comparison: Comparison;
  /** In the metric's own unit: shares as fractions. */
  threshold: number;
  windowSeconds: number;
  /** How long it must hold, window after window. */
  forSeconds: number;
  /** Windows with fewer calls say nothing about shares and latencies. */
  minimumCalls: number;
}

/** Whose windows a rule looks at. */
export type AlertScope = { kind: 'any' } | { kind: 'agents'; agentIds: string[] } | { kind: 'label'; label: string };

export interface AlertRuleDefinition extends AlertCondition {
  id: string;
  organizationId: string;
  name: string;
  scope: AlertScope;
  severity: AlertSeverity;
  /** Windows that ended until then are none of its business; milliseconds since the epoch. */
  evaluatedFrom: number;
}

export interface ScopedAgent {
  id: string;
  labels: readonly string[];
}

export function isInScope(scope: AlertScope, agent: ScopedAgent): boolean {
  switch (scope.kind) {
    case 'any':
      return true;
    case 'agents':
      return scope.agentIds.includes(agent.id);
    case 'label':
      return agent.labels.includes(scope.label);
  }
}

/** Windows and durations are whole minutes: minutes are what the traffic is counted by. */
export const LONGEST_SECONDS = 86_400;
/** An organization's rules that are not deleted. */
export const MOST_RULES = 1_000;

const ABOVE: Record<Comparison, string> = { gt: 'above', gte: 'at least', lt: 'below', lte: 'at most' };

/** A condition as a sentence's middle: `error rate above 5 % in 1 minute, for 10 minutes`. */
export function conditionInWords({ metric, comparison, threshold, windowSeconds, forSeconds }: AlertCondition): string {
  const { words } = METRICS[metric];
  const what =
    metric === 'no_traffic' ? `no ${words}` : `${words} ${ABOVE[comparison]} ${valueInWords(metric, threshold)}`;
  const isMoment = metric === 'health_score' || metric === 'credential_expires_days';
  const window = isMoment ? '' : ` in ${lengthInWords(windowSeconds)}`;
  return `${what}${window}${forSeconds === 0 ? '' : `, for ${lengthInWords(forSeconds)}`}`;
}

const UNITS = { share: '', count: '', ms: ' ms', points: '', money: '', days: ' days' };

export function valueInWords(metric: AlertMetric, value: number): string {
  const { unit } = METRICS[metric];
  return unit === 'share' ? `${rounded(value * 100)} %` : `${rounded(value)}${UNITS[unit]}`;
}

function rounded(value: number): number {
  return Math.round(value * 100) / 100;
}

function lengthInWords(seconds: number): string {
  const lengths: [number, string][] = [
    [DAY_MS, 'day'],
    [HOUR_MS, 'hour'],
    [MINUTE_MS, 'minute'],
  ];
  const [unitMs, unit] = lengths.find(([ms]) => (seconds * 1_000) % ms === 0) ?? [1_000, 'second'];
  const count = (seconds * 1_000) / unitMs;
  return `${count} ${unit}${count === 1 ? '' : 's'}`;
}
