import { z } from 'zod';
import { HISTORY_HOURS, readHealthHistory } from '../services/health-history.ts';
import { defineOperation } from './define-operation.ts';

export const getHealthHistory = defineOperation({
  name: 'get_health_history',
  title: 'Get health history',
  kind: 'R',
  area: 'usage',
  restOnly: true,
  description: `How agents' health went in the last ${HISTORY_HOURS} whole hours, by their calls alone; null: nobody called.`,
  examples: [{ agents: ['01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d'] }],
  input: z.strictObject({ agents: z.array(z.uuid()).min(1).max(200).describe('IDs.') }),
  output: z.object({
    since: z.iso.datetime().describe('When the first hour began.'),
    items: z.array(z.object({ agent_id: z.uuid(), scores: z.array(z.number().nullable()) })),
  }),
  rest: { method: 'POST', path: '/health-scores/history' },
  run: ({ transaction }, { agents }) => readHealthHistory(transaction, agents),
});
