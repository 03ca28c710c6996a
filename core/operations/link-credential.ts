import { z } from 'zod';
import { type Injection, InjectionError, parseInjection } from '../domain/injection.ts';
import { PublicError } from '../errors.ts';
import { hostEntry, parseUpstreamUrl } from '../outbound/upstream-url.ts';
import { describeAgent, findAgent } from '../services/agents.ts';
import { requireAllowedHost } from '../services/allowed-hosts.ts';
import { findCredential } from '../services/credentials.ts';
import { defineOperation } from './define-operation.ts';
import { reference } from './members.ts';
import { agentView, injectionView } from './views.ts';

/** @throws PublicError `invalid_request` that says what is wrong with it */
function readInjection(value: unknown): Injection {
  try {
    return parseInjection(value);
  } catch (error) {
    if (!(error instanceof InjectionError)) throw error;
    throw new PublicError('invalid_request', `injection: ${error.message}.`, {
      issues: [{ path: 'injection', message: error.message }],
    });
  }
}

/** What an injection writes: two links that write the same place would overwrite each other. */
function placeOf(injection: Injection): string {
  switch (injection.kind) {
    case 'bearer':
    case 'basic':
      return 'header authorization';
    case 'header':
      return `header ${injection.name.toLowerCase()}`;
    case 'query':
      return `query parameter ${injection.name}`;
  }
}

export const linkCredential = defineOperation({
  name: 'link_credential',
  title: 'Link a credential',
  kind: 'W',
  area: 'credentials',
  description:
    "Has the relay put a credential into an agent's calls: as bearer (the default), basic, header (name, template with {secret}) or query (name). The agent's host must be among the credential's allowed hosts.",
  examples: [
    { credential: 'stripe-prod-key', agent: 'stripe-relay' },
    {
      credential: 'sendgrid-key',
      agent: 'mail-relay',
      injection: { kind: 'header', name: 'X-Api-Key', template: '{secret}' },
    },
  ],
  input: z.strictObject({
    agent: reference,
    credential: reference,
    injection: z.strictObject(injectionView.shape).default({ kind: 'bearer' }),
  }),
  inputOfPeople: z.strictObject({
    allow_host: z.boolean().optional().describe("Add the agent's host to the credential's allowed hosts."),
  }),
  output: z.object({ agent: agentView, warnings: z.array(z.string()) }),
  rest: { method: 'PUT', path: '/agents/{agent}/credentials/{credential}' },
  async run(context, input) {
    const { transaction, caller, config } = context;
    const injection = readInjection(input.injection);
    const agent = await findAgent(transaction, input.agent);
    context.auditTarget({ kind: 'agent', id: agent.id, name: agent.name });
    const found = await findCredential(transaction, input.credential);
    // The same locks as changing the upstream or the list: a link never slips in between check and write.
    await transaction.$queryRaw`SELECT id FROM agent WHERE id = ${agent.id}::uuid FOR UPDATE`;
    await transaction.$queryRaw`SELECT id FROM credential WHERE id = ${found.id}::uuid FOR UPDATE`;
    const credential = await findCredential(transaction, found.id);
    const upstream = parseUpstreamUrl((await findAgent(transaction, agent.id)).upstreamUrl);
    if ((input as { allow_host?: boolean }).allow_host) {
      credential.allowedHosts = [...new Set([...credential.allowedHosts, hostEntry(upstream)])];
      await transaction.credential.update({
        where: { id: credential.id },
        data: { allowedHosts: credential.allowedHosts, version: { increment: 1 }, updatedAt: new Date() },
      });
    }
    const warnings =
      credential.status === 'awaiting_value'
        ? [`"${credential.name}" still waits for its value; calls answer credential_unavailable until it is entered.`]
        : [];
    requireAllowedHost(config, caller.organizationId, credential, upstream);
    const others = await transaction.credentialLink.findMany({
      where: { agentId: agent.id, credentialId: { not: credential.id }, credential: { deletedAt: null } },
      include: { credential: true },
    });
    const rival = others.find((link) => placeOf(link.injection as unknown as Injection) === placeOf(injection));
    if (rival !== undefined) {
      throw new PublicError(
        'conflict',
        `"${rival.credential.name}" already writes the ${placeOf(injection)} of this agent. Unlink it first.`,
      );
    }
    await transaction.credentialLink.upsert({
      where: { agentId_credentialId: { agentId: agent.id, credentialId: credential.id } },
      create: { organizationId: caller.organizationId, agentId: agent.id, credentialId: credential.id, injection },
      update: { injection },
    });
    return { agent: await describeAgent(transaction, agent, config), warnings };
  },
});
