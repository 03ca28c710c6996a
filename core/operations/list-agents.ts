import { z } from 'zod';
import { parseDuration } from '../domain/times.ts';
import { listAgents as list } from '../services/agents.ts';
import { healthLimit } from './agent-members.ts';
import { defineOperation } from './define-operation.ts';
import { deleted, duration, listed, pageOf } from './members.ts';
import { agentView } from './views.ts';

export const listAgents = defineOperation({
  name: 'list_agents',
  title: 'List agents',
  kind: 'R',
  area: 'agents',
  description: 'Agent relays of the organization: upstream, rate limit, health score, linked credentials, last use.',
  examples: [{}, { q: 'stripe' }, { unused_for: '30d', sort: 'least_recently_used' }, { sort: 'health' }],
  input: z.strictObject({
    q: z.string().trim().min(1).max(100).optional().describe('Part of the name or upstream, or a label.'),
    sort: z
      .enum(['name', 'newest', 'least_recently_used', 'health'])
      .default('name')
      .describe('health: lowest score first, no data last.'),
    health_below: healthLimit.optional().describe('Only agents whose health score is under this.'),
    unused_for: duration.optional().describe('Only agents that carried no call for this long, such as 30d.'),
    deleted,
    ...listed,
  }),
  output: pageOf(agentView),
  rest: { method: 'GET', path: '/agents' },
  run({ transaction, config }, { unused_for, health_below, ...listing }) {
    return list(transaction, config, {
      ...listing,
      healthBelow: health_below,
      unusedForSeconds: unused_for === undefined ? undefined : parseDuration(unused_for),
    });
  },
});
