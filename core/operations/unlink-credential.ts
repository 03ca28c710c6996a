import { z } from 'zod';
import { notFound } from '../errors.ts';
import { describeAgent, findAgent } from '../services/agents.ts';
import { findCredential } from '../services/credentials.ts';
import { defineOperation } from './define-operation.ts';
import { dryRun, reference } from './members.ts';
import { agentView } from './views.ts';

export const unlinkCredential = defineOperation({
  name: 'unlink_credential',
  title: 'Unlink a credential',
  kind: 'D',
  area: 'credentials',
  description: "Ends the injection of a credential into an agent's calls. The credential stays in the vault.",
  examples: [{ credential: 'stripe-prod-key', agent: 'stripe-relay' }],
  input: z.strictObject({ agent: reference, credential: reference, dry_run: dryRun }),
  output: z.object({ agent: agentView, dry_run: z.boolean(), would: z.array(z.string()) }),
  rest: { method: 'DELETE', path: '/agents/{agent}/credentials/{credential}' },
  async run({ transaction, config, auditTarget, auditTouched }, input) {
    const agent = await findAgent(transaction, input.agent);
    auditTarget({ kind: 'agent', id: agent.id, name: agent.name });
    const credential = await findCredential(transaction, input.credential);
    auditTouched(credential.id);
    const where = { agentId: agent.id, credentialId: credential.id };
    const count = input.dry_run
      ? await transaction.credentialLink.count({ where })
      : (await transaction.credentialLink.deleteMany({ where })).count;
    if (count === 0) throw notFound('link', `${agent.name} to ${credential.name}`);
    return {
      agent: await describeAgent(transaction, agent, config),
      dry_run: input.dry_run === true,
      would: [`send calls of "${agent.name}" upstream without "${credential.name}"`],
    };
  },
});
