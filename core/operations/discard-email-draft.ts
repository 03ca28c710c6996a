import { z } from 'zod';
import { RESTORABLE_DAYS } from '../domain/long-running.ts';
import { acceptDraftChange, describeDraft, lockDraft, requireOpen } from '../services/email-drafts.ts';
import { requireMailboxRight } from '../services/mailboxes.ts';
import { mailboxOf } from '../services/new-emails.ts';
import { defineOperation } from './define-operation.ts';
import { answerDraft, draftAnswer, settleAnswer } from './draft-answer.ts';
import { draftId } from './email-members.ts';
import { dryRun } from './members.ts';

export const discardEmailDraft = defineOperation({
  name: 'discard_email_draft',
  title: 'Discard an e-mail draft',
  kind: 'D',
  area: 'email',
  description: `Moves a draft from Drafts to the mailbox's Trash. update_email_draft brings it back for ${RESTORABLE_DAYS} days.`,
  examples: [{ draft: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d' }],
  input: z.strictObject({ draft: draftId, dry_run: dryRun }),
  output: draftAnswer.extend({ dry_run: z.boolean(), would: z.array(z.string()) }),
  rest: { method: 'DELETE', path: '/email-drafts/{draft}' },
  prepare: ({ vault, caller }) => vault.prepare(caller.organizationId),
  async run(context, input) {
    const { transaction, caller, vault } = context;
    const found = await lockDraft(transaction, input.draft);
    const mailbox = await mailboxOf(transaction, found.mailboxId);
    context.auditTarget({ kind: 'email_draft', id: found.id, name: mailbox.address });
    requireMailboxRight(mailbox, caller, 'draft');
    if (found.state !== 'gone') requireOpen(found);
    const would = [
      `move the draft to ${found.recipients.length} recipients from the Drafts of ${mailbox.address} to its Trash`,
      `keep what was written for ${RESTORABLE_DAYS} days, to be brought back`,
    ];
    if (input.dry_run) {
      const draft = await describeDraft(vault, { ...found, mailbox }, { whole: false });
      return { draft, operation_id: null, dry_run: true, would };
    }
    const now = new Date();
    const draft = await transaction.emailDraft.update({
      where: { id: found.id },
      data: { state: 'discarded', discardedAt: now, updatedAt: now },
    });
    const { operation } = await acceptDraftChange(transaction, caller, { kind: 'discard_email_draft', draft, mailbox });
    return { ...(await answerDraft(context, { draft, operation })), dry_run: false, would };
  },
  settled: settleAnswer,
});
