import { z } from 'zod';
import { mayCarrySecrets } from '../domain/caller.ts';
import { nameConflict } from '../services/agents.ts';
import { readAllowedHosts } from '../services/allowed-hosts.ts';
import { describeCredential, readSecretValue, storeCredentialValue } from '../services/credentials.ts';
import { createEntryLink } from '../services/one-time-links.ts';
import { findOwner } from '../services/owners.ts';
import { allowedHosts, credentialSettings } from './credential-members.ts';
import { defineOperation } from './define-operation.ts';
import { name } from './members.ts';
import { entryLink } from './personal-links.ts';
import { credentialView } from './views.ts';

export const createCredential = defineOperation({
  name: 'create_credential',
  title: 'Create a credential',
  kind: 'W',
  area: 'credentials',
  description:
    'Makes a place in the vault for an upstream secret. A manager or admin enters the value at entry_url within 15 minutes (create_entry_link gives a new link) and decides there to which hosts it may be sent.',
  examples: [{ name: 'stripe-prod-key', provider: 'stripe', allowed_hosts: ['api.stripe.com'] }],
  input: z.strictObject({
    name,
    allowed_hosts: allowedHosts
      .optional()
      .describe('Proposal for the entry page: host, or scheme://host:port; no wildcards.'),
    ...credentialSettings,
  }),
  inputOfPeople: z.strictObject({ value: z.string().max(16_384).optional().describe('The secret itself.') }),
  output: z.object({
    credential: credentialView,
    entry_url: entryLink().nullable(),
    already_shown: z.boolean().optional(),
  }),
  rest: { method: 'POST', path: '/credentials', status: 201 },
  async prepare({ vault, caller }, input) {
    if ('value' in input) await vault.prepare(caller.organizationId);
  },
  async run(context, input) {
    const { transaction, caller } = context;
    const hosts = readAllowedHosts(input.allowed_hosts ?? []);
    const owner = input.owner === undefined ? null : await findOwner(transaction, input.owner);
    const credential = await nameConflict(
      'a credential',
      input.name,
      transaction.credential.create({
        data: {
          organizationId: caller.organizationId,
          name: input.name,
          provider: input.provider ?? null,
          labels: input.labels ?? [],
          ownerId: owner?.id ?? null,
          expiresAt: input.expires_at === undefined ? null : new Date(input.expires_at),
          // Invariant 9: an app only proposes; its proposal waits on the entry page.
          allowedHosts: mayCarrySecrets(caller) ? hosts : [],
          createdBy: caller.person.id,
        },
      }),
    );
    context.auditTarget({ kind: 'credential', id: credential.id, name: credential.name });
    const { value } = input as { value?: string };
    if (value !== undefined) {
      await storeCredentialValue(transaction, context, {
        credentialId: credential.id,
        value: readSecretValue(value),
        personId: caller.person.id,
        allowedHosts: hosts,
      });
      return { credential: await describeCredential(transaction, credential.id), entry_url: null };
    }
    const link = await createEntryLink(transaction, context, {
      credentialId: credential.id,
      personId: caller.person.id,
      proposedHosts: hosts,
    });
    return { credential: await describeCredential(transaction, credential.id), entry_url: link.url };
  },
  forReplay: (output) => ({ ...output, entry_url: null, already_shown: true }),
});
