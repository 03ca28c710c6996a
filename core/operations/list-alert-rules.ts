import { z } from 'zod';
import { listAlertRules as list } from '../services/alert-rules.ts';
import { alertRuleView } from './alert-members.ts';
import { defineOperation } from './define-operation.ts';
import { deleted, listed, pageOf } from './members.ts';

export const listAlertRules = defineOperation({
  name: 'list_alert_rules',
  title: 'List alert rules',
  kind: 'R',
  area: 'alerts',
  description:
    'Alert rules by name, with their condition in words, for how many agents each fires, and what is wrong with it.',
  examples: [{}, { deleted: true }],
  input: z.strictObject({ deleted, ...listed }),
  output: pageOf(alertRuleView),
  rest: { method: 'GET', path: '/alert-rules' },
  run: ({ transaction }, listing) => list(transaction, listing),
});
