import { z } from 'zod';
import { PublicError } from '../errors.ts';
import { findRotationWithoutValue } from '../services/credential-rotations.ts';
import { findCredential } from '../services/credentials.ts';
import { createEntryLink as create } from '../services/one-time-links.ts';
import { defineOperation } from './define-operation.ts';
import { reference } from './members.ts';
import { entryLink } from './personal-links.ts';

export const createEntryLink = defineOperation({
  name: 'create_entry_link',
  title: 'Create an entry link',
  kind: 'W',
  area: 'credentials',
  description:
    'A new one-time link to the page where a manager or admin enters the value of a credential that waits for it. It ends the earlier link.',
  examples: [{ credential: 'stripe-prod-key' }],
  input: z.strictObject({ credential: reference }),
  output: z.object({
    entry_url: entryLink().nullable(),
    expires_at: z.iso.datetime(),
    already_shown: z.boolean().optional(),
  }),
  rest: { method: 'POST', path: '/credentials/{credential}/entry-link', status: 201 },
  async run(context, input) {
    const { transaction, caller } = context;
    const credential = await findCredential(transaction, input.credential);
    context.auditTarget({ kind: 'credential', id: credential.id, name: credential.name });
    const isRotated = (await findRotationWithoutValue(transaction, credential)) !== null;
    if (credential.status !== 'awaiting_value' && !isRotated) {
      throw new PublicError('conflict', `"${credential.name}" already has a value. Rotate it to replace the value.`);
    }
    const earlier = await transaction.oneTimeLink.findFirst({
      where: { kind: 'entry', credentialId: credential.id },
      orderBy: { createdAt: 'desc' },
    });
    const { url, expiresAt } = await create(transaction, context, {
      credentialId: credential.id,
      personId: caller.person.id,
      proposedHosts: earlier?.proposedHosts ?? [],
    });
    return { entry_url: url, expires_at: expiresAt.toISOString() };
  },
  forReplay: (output) => ({ ...output, entry_url: null, already_shown: true }),
});
