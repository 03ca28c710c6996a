import { z } from 'zod';
import { checkVersion, nameConflict } from '../services/agents.ts';
import { endAlertsOfRule } from '../services/alert-changes.ts';
import { describeAlertRule, evaluatedFromNow, findAlertRule, lockAlertRules } from '../services/alert-rules.ts';
import { readScope, scopeColumns } from '../services/alert-scopes.ts';
import { findChannels } from '../services/channels.ts';
import { ruleOf } from '../store/alert-rows.ts';
import { alertRuleView, conditionMembers, readCondition, ruleName, ruleSettings } from './alert-members.ts';
import { defineOperation } from './define-operation.ts';
import { expectedVersion, reference } from './members.ts';
import { wakeIncidents } from './wake-incidents.ts';

const { metric: _, ...changeableCondition } = conditionMembers;

export const updateAlertRule = defineOperation({
  name: 'update_alert_rule',
  title: 'Update an alert rule',
  kind: 'W',
  area: 'alerts',
  description:
    'Changes a rule but for its metric; members left out stay. Another condition or scope, or enabled: false, ends its open alerts and begins anew.',
  examples: [
    { rule: 'Error rate above 5 %', threshold: 0.1 },
    { rule: 'Payments are silent', enabled: false },
  ],
  input: z.strictObject({
    rule: reference,
    name: ruleName.optional(),
    ...changeableCondition,
    ...ruleSettings,
    expected_version: expectedVersion,
  }),
  output: z.object({ alert_rule: alertRuleView }),
  rest: { method: 'PATCH', path: '/alert-rules/{rule}' },
  async run(context, input) {
    const { transaction, auditTarget } = context;
    const found = await findAlertRule(transaction, input.rule);
    auditTarget({ kind: 'alert_rule', id: found.id, name: found.name });
    await lockAlertRules(transaction);
    const rule = await findAlertRule(transaction, found.id);
    checkVersion(rule, input.expected_version);
    const condition = readCondition(input, ruleOf(rule));
    const scope = input.scope === undefined ? undefined : await readScope(transaction, input.scope);
    const channels = input.channels === undefined ? undefined : await findChannels(transaction, input.channels);
    const change = {
      ...condition,
      ...(scope !== undefined && scopeColumns(scope)),
      ...(input.enabled !== undefined && { enabled: input.enabled }),
    };
    const isAnother = Object.entries(change).some(
      ([member, value]) => JSON.stringify(value) !== JSON.stringify(rule[member as keyof typeof change]),
    );
    const ended = isAnother ? await endAlertsOfRule(transaction, rule.id, 'The rule was changed.') : [];
    const updated = await nameConflict(
      'an alert rule',
      input.name ?? rule.name,
      transaction.alertRule.update({
        where: { id: rule.id },
        data: {
          ...change,
          ...(isAnother && { evaluatedFrom: evaluatedFromNow() }),
          ...(input.name !== undefined && { name: input.name }),
          ...(input.severity !== undefined && { severity: input.severity }),
          ...(channels !== undefined && { channelIds: channels.map(({ id }) => id) }),
          version: { increment: 1 },
          updatedAt: new Date(),
        },
      }),
    );
    wakeIncidents(context, ended);
    return { alert_rule: await describeAlertRule(transaction, updated) };
  },
});
