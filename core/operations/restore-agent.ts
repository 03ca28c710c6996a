import { z } from 'zod';
import type { Injection } from '../domain/injection.ts';
import { linkDestinations } from '../outbound/link-destinations.ts';
import { hostAllowed, parseUpstreamUrl } from '../outbound/upstream-url.ts';
import { describeAgent, findDeletedAgent, nameConflict } from '../services/agents.ts';
import { lockLinkedCredentials } from '../services/allowed-hosts.ts';
import { resetCircuitBreaker } from '../services/circuit-breakers.ts';
import { cancelOperation } from '../services/long-running.ts';
import { nameOf } from './breaker-members.ts';
import { defineOperation } from './define-operation.ts';
import { name, reference } from './members.ts';
import { agentView } from './views.ts';

export const restoreAgent = defineOperation({
  name: 'restore_agent',
  title: 'Restore a deleted agent',
  kind: 'W',
  area: 'agents',
  description:
    'Brings back an agent deleted within 7 days: settings, links and the agent keys not revoked meanwhile. A restore during the drain cancels the deletion.',
  examples: [{ agent: 'old-test-agent' }],
  input: z.strictObject({
    agent: reference.describe('Its ID, or the name that it had.'),
    new_name: name.optional().describe('Needed when the old name is taken by now.'),
  }),
  output: z.object({ agent: agentView, warnings: z.array(z.string()) }),
  rest: { method: 'POST', path: '/agents/{agent}/restore' },
  async run(context, input) {
    const { transaction, config, caller } = context;
    const found = await findDeletedAgent(transaction, input.agent);
    context.auditTarget({ kind: 'agent', id: found.id, name: found.name });
    await transaction.$queryRaw`SELECT id FROM agent WHERE id = ${found.id}::uuid FOR UPDATE`;
    const agent = await findDeletedAgent(transaction, found.id);
    const upstream = parseUpstreamUrl(agent.upstreamUrl);
    const links = await lockLinkedCredentials(transaction, agent.id);
    const broken = links.filter(
      ({ credential, injection }) =>
        credential.deletedAt !== null ||
        linkDestinations(injection as unknown as Injection, upstream).some(
          (url) => !hostAllowed(credential.allowedHosts, url),
        ),
    );
    await transaction.credentialLink.deleteMany({
      where: { agentId: agent.id, credentialId: { in: broken.map(({ credentialId }) => credentialId) } },
    });
    const restoredName = input.new_name ?? agent.name;
    const restored = await nameConflict(
      'an agent',
      restoredName,
      transaction.agent.update({
        where: { id: agent.id },
        data: {
          name: restoredName,
          deletedAt: null,
          restorableUntil: null,
          deleteOperationId: null,
          version: { increment: 1 },
          updatedAt: new Date(),
        },
      }),
      'Give new_name to restore it under another name.',
    );
    // It comes back with its breaker closed.
    await resetCircuitBreaker(transaction, restored, nameOf(caller));
    const operationId = agent.deleteOperationId;
    if (operationId !== null) {
      await cancelOperation(transaction, operationId, `restored by ${caller.person.email}`);
      // The workflow's purge looks at the row, so nothing depends on this word arriving.
      context.afterCommit(() =>
        context.workflows.tellAgentRestored({ agentId: agent.id, operationId }).catch((error: unknown) => {
          context.log.warn(
            { err: error, operation_id: operationId },
            'the deletion was not told of the restore; its purge will see it',
          );
        }),
      );
    }
    const warnings = broken.map(({ credential }) =>
      credential.deletedAt !== null
        ? `The link to "${credential.name}" is left out: that credential is deleted.`
        : `The link to "${credential.name}" is left out: it may no longer be sent where the link sends it.`,
    );
    return { agent: await describeAgent(transaction, restored, config), warnings };
  },
});
