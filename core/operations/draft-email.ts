import { z } from 'zod';
import { acceptDraftChange, createDraft } from '../services/email-drafts.ts';
import { writeEmail } from '../services/new-emails.ts';
import { defineOperation } from './define-operation.ts';
import { answerDraft, draftAnswer, settleAnswer } from './draft-answer.ts';
import { checkForm, written } from './email-members.ts';

export const draftEmail = defineOperation({
  name: 'draft_email',
  title: 'Draft an e-mail',
  kind: 'W',
  area: 'email',
  description:
    "Writes a draft into the mailbox's Drafts: a new mail, or a reply in a thread, whose recipients and subject are set. Nothing is sent.",
  examples: [
    {
      thread: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d',
      text: 'Thank you for writing. We will investigate and respond within 24 hours.',
    },
    { mailbox: 'support@', to: ['Anna <anna@example.com>'], subject: 'Your order', text: 'It is on its way.' },
  ],
  input: z.strictObject(written),
  output: draftAnswer,
  rest: { method: 'POST', path: '/email-drafts', status: 201 },
  async prepare({ vault, caller }, input) {
    checkForm(input);
    await vault.prepare(caller.organizationId);
  },
  async run(context, input) {
    const { transaction, caller } = context;
    const { mailbox, threadId, content } = await writeEmail(transaction, context, { ...input, right: 'draft' });
    const draft = await createDraft(transaction, context, { mailbox, threadId, content });
    context.auditTarget({ kind: 'email_draft', id: draft.id, name: mailbox.address });
    const { operation } = await acceptDraftChange(transaction, caller, { kind: 'draft_email', draft, mailbox });
    return answerDraft(context, { draft, operation });
  },
  settled: settleAnswer,
});
