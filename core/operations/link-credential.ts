import { isDeepStrictEqual } from 'node:util';
import { z } from 'zod';
import { appMayInject } from '../domain/app-injection.ts';
import type { Injection } from '../domain/injection.ts';
import { PublicError } from '../errors.ts';
import { linkDestinations } from '../outbound/link-destinations.ts';
import { hostEntry, parseUpstreamUrl } from '../outbound/upstream-url.ts';
import { describeAgent, findAgent } from '../services/agents.ts';
import { requireAllowedHost } from '../services/allowed-hosts.ts';
import { findCredential } from '../services/credentials.ts';
import { checkUpstreamUrl } from '../services/upstreams.ts';
import { defineOperation } from './define-operation.ts';
import { injectionByApps, injectionByPeople, placeOf, readInjection } from './injection-members.ts';
import { reference } from './members.ts';
import { agentView } from './views.ts';

export const linkCredential = defineOperation({
  name: 'link_credential',
  title: 'Link a credential',
  kind: 'W',
  area: 'credentials',
  description:
    "Has the relay put a credential into an agent's calls: as bearer (the default), basic, header (an authentication header's name; template {secret} or Bearer {secret}) or aws_sigv4 (region, service). People and API tokens also link any header, query (name) and oauth2_client_credentials. The agent's host must be among the credential's allowed hosts.",
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
    injection: injectionByApps.default({ kind: 'bearer' }),
  }),
  inputOfPeople: z.strictObject({
    injection: injectionByPeople
      .default({ kind: 'bearer' })
      .describe(
        'oauth2_client_credentials takes token_url, client_id, scope and audience; the credential is its client secret.',
      ),
    allow_host: z
      .boolean()
      .optional()
      .describe("Add the agent's host, and the token URL's, to the credential's allowed hosts."),
  }),
  output: z.object({ agent: agentView, warnings: z.array(z.string()) }),
  rest: { method: 'PUT', path: '/agents/{agent}/credentials/{credential}' },
  prepare: async (dependencies, input) => {
    const injection = readInjection(input.injection);
    if (dependencies.caller.kind === 'app' && !appMayInject(injection)) {
      throw new PublicError(
        'refused_by_policy',
        'An app links a secret as bearer, basic, or in an authentication header such as X-Api-Key with the template "{secret}" or "Bearer {secret}". A person or an API token can link it in other places over REST.',
      );
    }
    if (injection.kind !== 'oauth2_client_credentials') return { injection, unresolved: [] };
    const { warnings } = await checkUpstreamUrl(dependencies, injection.token_url, 'injection.token_url');
    return { injection, unresolved: warnings };
  },
  async run(context, input, { injection, unresolved }) {
    const { transaction, caller, config } = context;
    const agent = await findAgent(transaction, input.agent);
    context.auditTarget({ kind: 'agent', id: agent.id, name: agent.name });
    const found = await findCredential(transaction, input.credential);
    context.auditTouched(found.id);
    // The same locks as changing the upstream or the list: a link never slips in between check and write.
    await transaction.$queryRaw`SELECT id FROM agent WHERE id = ${agent.id}::uuid FOR UPDATE`;
    await transaction.$queryRaw`SELECT id FROM credential WHERE id = ${found.id}::uuid FOR UPDATE`;
    const credential = await findCredential(transaction, found.id);
    const upstream = parseUpstreamUrl((await findAgent(transaction, agent.id)).upstreamUrl);
    const destinations = linkDestinations(injection, upstream);
    if ((input as { allow_host?: boolean }).allow_host) {
      credential.allowedHosts = [...new Set([...credential.allowedHosts, ...destinations.map(hostEntry)])];
      await transaction.credential.update({
        where: { id: credential.id },
        data: { allowedHosts: credential.allowedHosts, version: { increment: 1 }, updatedAt: new Date() },
      });
    }
    const warnings = [...unresolved];
    if (credential.status === 'awaiting_value') {
      warnings.push(
        `"${credential.name}" still waits for its value; calls answer credential_unavailable until it is entered.`,
      );
    }
    for (const url of destinations) requireAllowedHost(config, caller.organizationId, credential, url);
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
    const where = { agentId_credentialId: { agentId: agent.id, credentialId: credential.id } };
    const present = await transaction.credentialLink.findUnique({ where });
    if (caller.kind === 'app' && present !== null && !isDeepStrictEqual(present.injection, injection)) {
      throw new PublicError(
        'conflict',
        `"${credential.name}" is linked to "${agent.name}" in another way, which an app does not change. Unlink it first, or have a person or an API token change it over REST.`,
      );
    }
    await transaction.credentialLink.upsert({
      where,
      create: { organizationId: caller.organizationId, agentId: agent.id, credentialId: credential.id, injection },
      update: { injection },
    });
    return { agent: await describeAgent(transaction, agent, config), warnings };
  },
});
