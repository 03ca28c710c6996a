import { z } from 'zod';
import { checkVersion } from '../services/agents.ts';
import { readAllowedHosts, requireLinkedHosts } from '../services/allowed-hosts.ts';
import { describeCredential, findCredential } from '../services/credentials.ts';
import { findOwner } from '../services/owners.ts';
import { rotationChange } from '../services/rotation-settings.ts';
import { allowedHosts, credentialSettings, rotationMembers } from './credential-members.ts';
import { defineOperation } from './define-operation.ts';
import { expectedVersion, reference } from './members.ts';
import { credentialView } from './views.ts';

const inputOfPeople = z.strictObject({
  allowed_hosts: allowedHosts.optional().describe('The whole new list of hosts that the secret may be sent to.'),
  ...rotationMembers,
});

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
  inputOfPeople,
  output: z.object({ credential: credentialView }),
  rest: { method: 'PATCH', path: '/credentials/{credential}' },
  async run(context, input) {
    const { transaction, auditTarget } = context;
    const found = await findCredential(transaction, input.credential);
    auditTarget({ kind: 'credential', id: found.id, name: found.name });
    await transaction.$queryRaw`SELECT id FROM credential WHERE id = ${found.id}::uuid FOR UPDATE`;
    const credential = await findCredential(transaction, found.id);
    checkVersion(credential, input.expected_version);
    const owner = input.owner === undefined ? undefined : await findOwner(transaction, input.owner);
    const given = input as z.output<typeof inputOfPeople>;
    const hosts = given.allowed_hosts === undefined ? undefined : readAllowedHosts(given.allowed_hosts);
    if (hosts !== undefined) await requireLinkedHosts(transaction, credential.id, hosts);
    const rotation = await rotationChange(
      context,
      { ...credential, allowedHosts: hosts ?? credential.allowedHosts },
      given,
    );
    await transaction.credential.update({
      where: { id: credential.id },
      data: {
        ...(input.provider !== undefined && { provider: input.provider }),
        ...(input.labels !== undefined && { labels: input.labels }),
        ...(owner !== undefined && { ownerId: owner.id }),
        ...(input.expires_at !== undefined && {
          expiresAt: input.expires_at === null ? null : new Date(input.expires_at),
          expiresSetAt: new Date(),
        }),
        ...(hosts !== undefined && { allowedHosts: hosts }),
        ...rotation,
        version: { increment: 1 },
        updatedAt: new Date(),
      },
    });
    return { credential: await describeCredential(transaction, credential.id) };
  },
});
