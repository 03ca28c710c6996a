import { z } from 'zod';
import { RESTORABLE_DAYS } from '../domain/long-running.ts';
import { DAY_MS } from '../domain/times.ts';
import { checkVersion } from '../services/agents.ts';
import { checkSubject, readRecipients } from '../services/email-composition.ts';
import { acceptDraftChange, lockDraft, requireOpen, rewriteDraft } from '../services/email-drafts.ts';
import { requireMailboxRight } from '../services/mailboxes.ts';
import { mailboxOf } from '../services/new-emails.ts';
import { openEmail } from '../services/written-emails.ts';
import type { EmailDraft } from '../store/generated/client.ts';
import { defineOperation } from './define-operation.ts';
import { answerDraft, draftAnswer, settleAnswer } from './draft-answer.ts';
import { draftId, textOrNone, written } from './email-members.ts';
import { expectedVersion } from './members.ts';

export const updateEmailDraft = defineOperation({
  name: 'update_email_draft',
  title: 'Change an e-mail draft',
  kind: 'W',
  area: 'email',
  description: `Writes a draft anew in the mailbox; members left out stay. Brings back a discarded one for ${RESTORABLE_DAYS} days.`,
  examples: [{ draft: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d', text: 'We have found the cause.' }],
  input: z.strictObject({
    draft: draftId,
    to: written.to,
    cc: written.cc,
    bcc: written.bcc,
    subject: written.subject,
    text: textOrNone,
    expected_version: expectedVersion,
  }),
  output: draftAnswer,
  rest: { method: 'PATCH', path: '/email-drafts/{draft}' },
  prepare: ({ vault, caller }) => vault.prepare(caller.organizationId),
  async run(context, input) {
    const { transaction, caller, vault } = context;
    const found = await lockDraft(transaction, input.draft);
    const mailbox = await mailboxOf(transaction, found.mailboxId);
    context.auditTarget({ kind: 'email_draft', id: found.id, name: mailbox.address });
    requireMailboxRight(mailbox, caller, 'draft');
    if (!isRestorable(found)) requireOpen(found);
    checkVersion(found, input.expected_version);
    const before = await openEmail(vault, 'draft', found);
    const given = readRecipients(input);
    const content = {
      ...before,
      ...(input.to !== undefined && { to: given.to }),
      ...(input.cc !== undefined && { cc: given.cc }),
      ...(input.bcc !== undefined && { bcc: given.bcc }),
      ...(input.subject !== undefined && { subject: checkSubject(input.subject) }),
      ...(input.text !== undefined && { text: input.text }),
    };
    const draft = await rewriteDraft(transaction, context, { draft: found, mailbox, content });
    const { operation } = await acceptDraftChange(transaction, caller, { kind: 'update_email_draft', draft, mailbox });
    return answerDraft(context, { draft, operation });
  },
  settled: settleAnswer,
});

/** Invariant 8. */
function isRestorable({ state, discardedAt }: EmailDraft): boolean {
  const restorableSince = Date.now() - RESTORABLE_DAYS * DAY_MS;
  return state === 'discarded' && discardedAt !== null && discardedAt.getTime() > restorableSince;
}
