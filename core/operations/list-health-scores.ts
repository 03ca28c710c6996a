import { z } from 'zod';
import { listHealthScores as list } from '../services/health-scores.ts';
import { healthLimit, oneAgent, withAgentId } from './agent-members.ts';
import { defineOperation } from './define-operation.ts';
import { listed, pageOf } from './members.ts';
import { healthView } from './views.ts';

export const listHealthScores = defineOperation({
  name: 'list_health_scores',
  title: 'List health scores',
  kind: 'R',
  area: 'usage',
  description:
    'Health of agents over the last hour, 0 to 100, the lowest first, agents without data (score null) last: what costs points, and what brings them back. Worked out each minute.',
  examples: [{}, { below: 80 }],
  input: z.strictObject({
    below: healthLimit.optional().describe('Only scores under this; agents without data are left out.'),
    ...listed,
  }),
  inputOfPeople: oneAgent,
  output: pageOf(healthView),
  rest: { method: 'GET', path: '/health-scores' },
  run: async ({ transaction }, input) => list(transaction, await withAgentId(transaction, input)),
});
