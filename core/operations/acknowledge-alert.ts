import { z } from 'zod';
import { acknowledgeAlert as acknowledge, describeAlert, findAlert } from '../services/alerts.ts';
import { alertView } from './alert-members.ts';
import { defineOperation } from './define-operation.ts';
import { reference } from './members.ts';
import { wakeIncidents } from './wake-incidents.ts';

export const acknowledgeAlert = defineOperation({
  name: 'acknowledge_alert',
  title: 'Acknowledge an alert',
  kind: 'W',
  area: 'alerts',
  description: 'Says that somebody takes care of an alert: its channels are told once, and reminded no more.',
  examples: [{ alert: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d' }],
  input: z.strictObject({ alert: reference.describe('Its ID.') }),
  output: z.object({ alert: alertView }),
  rest: { method: 'POST', path: '/alerts/{alert}/acknowledge' },
  async run(context, input) {
    const { transaction, caller, config } = context;
    const found = await findAlert(transaction, input.alert, caller);
    context.auditTarget({ kind: 'alert', id: found.id, name: found.name });
    const alert = await acknowledge(transaction, found.id, caller);
    wakeIncidents(context, alert.ruleId === null ? [] : [alert.id]);
    return { alert: await describeAlert(transaction, alert, config) };
  },
});
