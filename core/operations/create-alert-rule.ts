import { z } from 'zod';
import { nameConflict } from '../services/agents.ts';
import { describeAlertRule, evaluatedFromNow, lockAlertRules, requireRoomForRule } from '../services/alert-rules.ts';
import { readScope, scopeColumns } from '../services/alert-scopes.ts';
import { findChannels } from '../services/channels.ts';
import { alertRuleView, conditionMembers, readCondition, ruleName, ruleSettings, scopeOrAny } from './alert-members.ts';
import { defineOperation } from './define-operation.ts';

export const createAlertRule = defineOperation({
  name: 'create_alert_rule',
  title: 'Create an alert rule',
  kind: 'W',
  area: 'alerts',
  description:
    'Makes a rule that fires an alert when a metric of an agent meets a condition for long enough. test_alert_rule tells when it would have fired.',
  examples: [
    { name: 'Error rate above 5 %', metric: 'error_rate', comparison: 'gt', threshold: 0.05, for_seconds: 600 },
    { name: 'Payments are silent', metric: 'no_traffic', window_seconds: 900, severity: 'critical' },
  ],
  input: z.strictObject({ name: ruleName, ...conditionMembers, ...ruleSettings }),
  output: z.object({ alert_rule: alertRuleView }),
  rest: { method: 'POST', path: '/alert-rules', status: 201 },
  async run({ transaction, caller, auditTarget }, input) {
    const condition = readCondition(input);
    const scope = await readScope(transaction, scopeOrAny(input.scope));
    const channels = await findChannels(transaction, input.channels ?? []);
    await lockAlertRules(transaction);
    await requireRoomForRule(transaction);
    const rule = await nameConflict(
      'an alert rule',
      input.name,
      transaction.alertRule.create({
        data: {
          organizationId: caller.organizationId,
          name: input.name,
          ...condition,
          ...scopeColumns(scope),
          severity: input.severity ?? 'warning',
          channelIds: channels.map(({ id }) => id),
          enabled: input.enabled ?? true,
          evaluatedFrom: evaluatedFromNow(),
        },
      }),
    );
    auditTarget({ kind: 'alert_rule', id: rule.id, name: rule.name });
    return { alert_rule: await describeAlertRule(transaction, rule) };
  },
});
