import { z } from 'zod';
import { ALERT_METRICS, COMPARISONS, METRICS } from '../domain/alert-metrics.ts';
import { ALERT_SEVERITIES } from '../domain/alert-notification.ts';
import { type AlertCondition, LONGEST_SECONDS } from '../domain/alert-rules.ts';
import { looksLikeId } from '../domain/names.ts';
import type { ScopeJson } from '../services/alert-scopes.ts';
import { wrong } from './log-members.ts';
import { reference } from './members.ts';
import { othersText } from './others-text.ts';

/** The members of alert rules, as operations take and answer them. */

export const ruleName = z
  .string()
  .trim()
  .min(1)
  .max(63)
  .refine((value) => !looksLikeId(value), 'a name may not look like an ID');

const wholeMinutes = (least: number) =>
  z
    .int()
    .min(least, `at least ${least}`)
    .max(LONGEST_SECONDS, `at most ${LONGEST_SECONDS}, which is a day`)
    .multipleOf(60, 'whole minutes: a multiple of 60');

const label = z.string().trim().min(1).max(64);

const scope = z
  .strictObject({
    agents: z.union([z.literal('any'), z.array(reference).min(1).max(200)]).optional(),
    label: label.optional(),
  })
  .refine(({ agents, label }) => (agents === undefined) !== (label === undefined), 'give either agents or label')
  .transform(({ agents, label }): ScopeJson => (label === undefined ? { agents: agents ?? 'any' } : { label }));

/** What a rule waits for; each may be left out where there is a rule already. */
export const conditionMembers = {
  metric: z.enum(ALERT_METRICS),
  comparison: z.enum(COMPARISONS).optional(),
  threshold: z.number().optional().describe('Shares as fractions: 0.05 is 5 %.'),
  window_seconds: wholeMinutes(60).optional().describe('Default 60.'),
  for_seconds: wholeMinutes(0).optional().describe('How long it must hold. Default 0.'),
  minimum_calls: z.int().min(0).max(1e9).optional().describe('Fewer in a window say nothing. Default 1.'),
  scope: scope.optional().describe('Default {"agents": "any"}.'),
};

export const ruleSettings = {
  severity: z.enum(ALERT_SEVERITIES).optional().describe('Default warning.'),
  channels: z.array(reference).max(20).optional().describe('Names. None: e-mail to admins.'),
  enabled: z.boolean().optional(),
};

export type ConditionInput = z.output<z.ZodObject<typeof conditionMembers>>;

const DEFAULTS = { windowSeconds: 60, forSeconds: 0, minimumCalls: 1 };

/**
 * @param before the rule's, where there is one: what is left out stays
 * @throws PublicError `invalid_request` that says what is wrong
 */
export function readCondition(input: Partial<ConditionInput>, before?: AlertCondition | undefined): AlertCondition {
  const metric = input.metric ?? before?.metric;
  if (metric === undefined) throw wrong('metric', `choose one of ${ALERT_METRICS.join(', ')}`);
  // Another metric has another unit: the threshold of the one before means nothing.
  const kept = before?.metric === metric ? before : undefined;
  const meant = METRICS[metric];
  const comparison = input.comparison ?? kept?.comparison ?? meant.comparison;
  const threshold = input.threshold ?? kept?.threshold ?? meant.threshold;
  if (threshold === null) throw wrong('threshold', `${metric} needs one`);
  const condition: AlertCondition = {
    metric,
    comparison,
    threshold,
    windowSeconds: input.window_seconds ?? before?.windowSeconds ?? DEFAULTS.windowSeconds,
    forSeconds: input.for_seconds ?? before?.forSeconds ?? DEFAULTS.forSeconds,
    minimumCalls: input.minimum_calls ?? before?.minimumCalls ?? DEFAULTS.minimumCalls,
  };
  checkThreshold(condition);
  return condition;
}

function checkThreshold({ metric, comparison, threshold }: AlertCondition): void {
  const { unit, least, most } = METRICS[metric];
  if (metric === 'no_traffic' && (comparison !== 'lt' || threshold !== 1)) {
    throw wrong(
      'threshold',
      'no_traffic takes neither comparison nor threshold; use the metric requests for few calls',
    );
  }
  if (threshold < least || threshold > most) {
    const hint = unit === 'share' ? ': a fraction, so write 0.05 for 5 %' : '';
    throw wrong('threshold', `of ${metric} must be between ${least} and ${most}${hint}`);
  }
  const isNever = (comparison === 'gt' && threshold === most) || (comparison === 'lt' && threshold === least);
  const isAlways = (comparison === 'gte' && threshold === least) || (comparison === 'lte' && threshold === most);
  if (isNever) throw wrong('threshold', `${metric} is never ${comparison} ${threshold}: the rule would never fire`);
  if (isAlways) throw wrong('threshold', `${metric} is always ${comparison} ${threshold}: the rule would always fire`);
}

const ANY: ScopeJson = { agents: 'any' };
export const scopeOrAny = (given: ScopeJson | undefined): ScopeJson => given ?? ANY;

const time = z.iso.datetime();

/** What a rule's change answers: words in the place of enums keep the list of tools short. */
export const alertRuleView = z.object({
  id: z.uuid(),
  name: othersText(),
  metric: z.string(),
  comparison: z.string(),
  threshold: z.number(),
  window_seconds: z.int(),
  for_seconds: z.int(),
  minimum_calls: z.int(),
  scope: z.object({ agents: z.union([z.string(), z.array(z.string())]).optional(), label: othersText().optional() }),
  severity: z.string(),
  channels: z.array(z.string()),
  enabled: z.boolean(),
  condition: z.string(),
  firing: z.int().describe('Agents for which it fires.'),
  warnings: z.array(othersText()),
  version: z.int(),
  created_at: time,
  restorable_until: time.nullable().describe('Of a deleted one.'),
});

export const alertView = z.object({
  id: z.uuid(),
  kind: z.string(),
  state: z.string(),
  severity: z.string(),
  rule: othersText().nullable(),
  rule_id: z.string().nullable(),
  text: othersText(),
  target: z.object({ kind: z.string(), id: z.string(), name: othersText() }).nullable(),
  operation_id: z.string().nullable(),
  agents: z
    .array(z.object({ name: z.string(), value: z.number().nullable(), ended_at: time.nullable() }))
    .describe('At most 20.'),
  agent_count: z.int(),
  threshold: z.number().nullable(),
  since: time,
  fired_at: time,
  acknowledged_at: time.nullable(),
  acknowledged_by: othersText().nullable(),
  resolved_at: time.nullable(),
  url: z.string(),
});
