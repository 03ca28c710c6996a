import { z } from 'zod';
import { decodeCursor, toPage } from '../services/pages.ts';
import { rateLimitRpm } from './agent-members.ts';
import { defineOperation } from './define-operation.ts';
import { listed, pageOf } from './members.ts';
import { rateLimitView } from './views.ts';

export const listRateLimits = defineOperation({
  name: 'list_rate_limits',
  title: 'List rate limits',
  kind: 'R',
  area: 'agents',
  description:
    'Rate limits of agents, by name: calls in any 60 seconds (rpm), and in any one second (burst). null: no limit.',
  examples: [{}, { below_rpm: 60 }],
  input: z.strictObject({
    below_rpm: rateLimitRpm.optional().describe('Only limits under this; agents without a limit have none.'),
    ...listed,
  }),
  output: pageOf(rateLimitView),
  rest: { method: 'GET', path: '/rate-limits' },
  async run({ transaction }, { below_rpm, limit, cursor }) {
    const position = decodeCursor(cursor);
    const agents = await transaction.agent.findMany({
      where: {
        deletedAt: null,
        ...(below_rpm !== undefined && { rateLimitRpm: { lt: below_rpm } }),
        ...(position !== undefined && { name: { gt: position.sort } }),
      },
      // A live agent's name is its own.
      orderBy: { name: 'asc' },
      take: limit + 1,
    });
    return toPage(
      agents,
      limit,
      ({ name, rateLimitRpm: rpm, rateLimitBurst, version }) => ({
        agent: name,
        rate_limit: rpm === null ? null : { rpm, burst: rateLimitBurst },
        version,
      }),
      ({ id, name }) => ({ sort: name, id }),
    );
  },
});
