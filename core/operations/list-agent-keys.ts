import { z } from 'zod';
import { describeAgentKey } from '../services/agent-keys.ts';
import { findAgent } from '../services/agents.ts';
import { decodeCursor, toPage } from '../services/pages.ts';
import { defineOperation } from './define-operation.ts';
import { listed, pageOf, reference } from './members.ts';
import { agentKeyView } from './views.ts';

export const listAgentKeys = defineOperation({
  name: 'list_agent_keys',
  title: 'List agent keys',
  kind: 'R',
  area: 'agents',
  description: 'Agent keys with fingerprint, reach and last use, the newest first; never a value.',
  examples: [{}, { agent: 'openai-relay' }],
  input: z.strictObject({ agent: reference.optional().describe('Only keys that reach this agent.'), ...listed }),
  output: pageOf(agentKeyView),
  rest: { method: 'GET', path: '/agent-keys' },
  async run({ transaction }, { agent: agentReference, limit, cursor }) {
    const agent = agentReference === undefined ? undefined : await findAgent(transaction, agentReference);
    const position = decodeCursor(cursor);
    const keys = await transaction.agentKey.findMany({
      where: {
        ...(agent === undefined ? {} : { OR: [{ agentId: agent.id }, { agentId: null }] }),
        ...(position === undefined ? {} : { id: { lt: position.id } }),
      },
      include: { agent: { select: { name: true } } },
      orderBy: { id: 'desc' },
      take: limit + 1,
    });
    const uses = await transaction.lastUse.findMany({ where: { subjectId: { in: keys.map(({ id }) => id) } } });
    const usedAt = new Map(uses.map(({ subjectId, lastUsedAt }) => [subjectId, lastUsedAt]));
    return toPage(
      keys,
      limit,
      (key) => describeAgentKey(key, usedAt.get(key.id) ?? null),
      ({ id }) => ({ sort: '', id }),
    );
  },
});
