import { z } from 'zod';
import { ALERT_STATES } from '../domain/alert-notification.ts';
import { findPastAgent } from '../services/agents.ts';
import { findAlertRule } from '../services/alert-rules.ts';
import { findAlert, listAlerts as list } from '../services/alerts.ts';
import { alertView } from './alert-members.ts';
import { defineOperation } from './define-operation.ts';
import { listed, pageOf, reference } from './members.ts';

export const listAlerts = defineOperation({
  name: 'list_alerts',
  title: 'List alerts',
  kind: 'R',
  area: 'alerts',
  description:
    'Alerts, those that fired last first: of rules, and notices of the system. Open ones unless state is given.',
  examples: [{}, { state: 'resolved', agent: 'stripe-relay' }],
  input: z.strictObject({
    state: z.enum([...ALERT_STATES, 'all']).optional(),
    alert: reference.optional().describe('Its ID: this one, in whatever state.'),
    rule: reference.optional(),
    agent: reference.optional(),
    ...listed,
  }),
  output: pageOf(alertView),
  rest: { method: 'GET', path: '/alerts' },
  async run({ transaction, config, caller }, { alert, rule, agent, state, ...listing }) {
    return list(transaction, config, caller, {
      ...listing,
      state: state ?? (alert === undefined ? undefined : 'all'),
      id: alert === undefined ? undefined : (await findAlert(transaction, alert, caller)).id,
      ruleId: rule === undefined ? undefined : (await findAlertRule(transaction, rule)).id,
      agentId: agent === undefined ? undefined : (await findPastAgent(transaction, agent)).id,
    });
  },
});
