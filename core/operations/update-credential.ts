import { z } from 'zod';
import type { Injection } from '../domain/injection.ts';
import { PublicError } from '../errors.ts';
import { linkDestinations } from '../outbound/link-destinations.ts';
import { hostAllowed, parseUpstreamUrl } from '../outbound/upstream-url.ts';
import { checkVersion } from '../services/agents.ts';
import { readAllowedHosts } from '../services/allowed-hosts.ts';
import { describeCredential, findCredential } from '../services/credentials.ts';
import { findOwner } from '../services/owners.ts';
import { allowedHosts, credentialSettings } from './credential-members.ts';
import { defineOperation } from './define-operation.ts';
import { expectedVersion, reference } from './members.ts';
import { credentialView } from './views.ts';

export const updateCredential = defineOperation({
  name: 'update_credential',
  title: 'Update a credential',
  kind: 'W',
  area: 'credentials',
  description: "Changes a credential's provider, labels, owner or expiry. Members left out stay as they are.",
  examples: [{ credential: 'stripe-prod-key', expires_at: '2099-01-01T00:00:00Z' }],
  input: z.strictObject({
    credential: reference,
    ...credentialSettings,
    expires_at: credentialSettings.expires_at.nullable(),
    expected_version: expectedVersion,
  }),
  inputOfPeople: z.strictObject({
    allowed_hosts: allowedHosts.optional().describe('The whole new list of hosts that the secret may be sent to.'),
  }),
  output: z.object({ credential: credentialView }),
  rest: { method: 'PATCH', path: '/credentials/{credential}' },
  async run({ transaction, auditTarget }, input) {
    const found = await findCredential(transaction, input.credential);
    auditTarget({ kind: 'credential', id: found.id, name: found.name });
    await transaction.$queryRaw`SELECT id FROM credential WHERE id = ${found.id}::uuid FOR UPDATE`;
    const credential = await findCredential(transaction, found.id);
    checkVersion(credential, input.expected_version);
    const owner = input.owner === undefined ? undefined : await findOwner(transaction, input.owner);
    const { allowed_hosts: given } = input as { allowed_hosts?: string[] };
    const hosts = given === undefined ? undefined : readAllowedHosts(given);
    if (hosts !== undefined) {
      const links = await transaction.credentialLink.findMany({
        where: { credentialId: credential.id, agent: { deletedAt: null } },
        include: { agent: true },
      });
      const cutOff = links.filter(({ agent, injection }) =>
        linkDestinations(injection as unknown as Injection, parseUpstreamUrl(agent.upstreamUrl)).some(
          (url) => !hostAllowed(hosts, url),
        ),
      );
      if (cutOff.length > 0) {
        const names = cutOff.map(({ agent }) => agent.name).join(', ');
        throw new PublicError(
          'conflict',
          `These linked agents call hosts, or fetch tokens from hosts, that are not in the new list: ${names}. Unlink them first.`,
        );
      }
    }
    await transaction.credential.update({
      where: { id: credential.id },
      data: {
        ...(input.provider !== undefined && { provider: input.provider }),
        ...(input.labels !== undefined && { labels: input.labels }),
        ...(owner !== undefined && { ownerId: owner.id }),
        ...(input.expires_at !== undefined && {
          expiresAt: input.expires_at === null ? null : new Date(input.expires_at),
        }),
        ...(hosts !== undefined && { allowedHosts: hosts }),
        version: { increment: 1 },
        updatedAt: new Date(),
      },
    });
    return { credential: await describeCredential(transaction, credential.id) };
  },
});
