import { z } from 'zod';
import { listDrafts } from '../services/email-drafts.ts';
import { findMailbox } from '../services/mailboxes.ts';
import { mailboxesFor } from '../services/new-emails.ts';
import { defineOperation } from './define-operation.ts';
import { draftId, emailDraftView } from './email-members.ts';
import { deleted, listed, pageOf } from './members.ts';

export const listEmailDrafts = defineOperation({
  name: 'list_email_drafts',
  title: 'List e-mail drafts',
  kind: 'R',
  area: 'email',
  description: 'Drafts written here, the newest first, with how their text begins.',
  examples: [{}, { mailbox: 'support@' }, { draft: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d' }],
  input: z.strictObject({
    mailbox: z.string().max(254).optional(),
    thread: draftId.optional(),
    draft: draftId.optional().describe('This one, with its whole text.'),
    deleted,
    ...listed,
  }),
  output: pageOf(emailDraftView),
  rest: { method: 'GET', path: '/email-drafts' },
  prepare: ({ vault, caller }) => vault.prepare(caller.organizationId),
  async run({ transaction, caller, vault }, { mailbox: named, ...wanted }) {
    const mailbox = named === undefined ? undefined : await findMailbox(transaction, named);
    const mailboxIds = await mailboxesFor(transaction, caller, 'draft', mailbox);
    return listDrafts(transaction, vault, { mailboxIds, ...wanted });
  },
});
