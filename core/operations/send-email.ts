import { z } from 'zod';
import { LONGEST_UNDO_SECONDS, UNDO_SECONDS } from '../domain/outgoing-email.ts';
import { allRecipients, showAddress } from '../domain/recipient.ts';
import { PublicError } from '../errors.ts';
import { readPolicy } from '../services/approvals.ts';
import { lockDraft, requireOpen } from '../services/email-drafts.ts';
import { requireMailboxRight } from '../services/mailboxes.ts';
import { mailboxOf, type NewEmail, writeEmail } from '../services/new-emails.ts';
import { acceptSending, startSending } from '../services/outgoing-emails.ts';
import { whyNotSent } from '../services/sending-rules.ts';
import { openEmail } from '../services/written-emails.ts';
import type { EmailDraft, Operation } from '../store/generated/client.ts';
import { defineOperation, type RunContext } from './define-operation.ts';
import { checkForm, draftId, textOrNone, written } from './email-members.ts';
import { dryRun } from './members.ts';
import { othersText } from './others-text.ts';
import { startAfterCommit } from './start-after-commit.ts';
import { longRunningAnswer } from './views.ts';

const sendable = z.strictObject({
  draft: draftId.optional().describe('Send it as it is; give nothing else.'),
  ...written,
  text: textOrNone,
  dry_run: dryRun,
});
type Sendable = z.output<typeof sendable>;

export const sendEmail = defineOperation({
  name: 'send_email',
  title: 'Send an e-mail',
  kind: 'D',
  area: 'email',
  description: `Sends a draft, a new mail, or a reply in a thread, once. For ${UNDO_SECONDS} seconds cancel_operation takes it back. Status unknown: it may have been taken, a person decides. Answers a long-running operation.`,
  examples: [
    { draft: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d' },
    { mailbox: 'support@', to: ['anna@example.com'], subject: 'Your order', text: 'It is on its way.', dry_run: true },
  ],
  input: sendable,
  inputOfPeople: z.strictObject({
    undo_seconds: z.int().min(0).max(LONGEST_UNDO_SECONDS).default(UNDO_SECONDS),
  }),
  // A reply has subject and names of the mail that it answers.
  output: longRunningAnswer.extend({ would: z.array(othersText()) }),
  rest: { method: 'POST', path: '/emails', status: 202 },
  async prepare({ vault, caller, instanceKeys }, input) {
    checkSendable(input);
    await vault.prepare(caller.organizationId);
    return instanceKeys.key('outgoing-email');
  },
  async run(context, input, hashKey) {
    const { transaction, caller } = context;
    const { draft, ...email } = await whatToSend(context, input);
    const { mailbox, content } = email;
    const target = draft === null ? { kind: 'mailbox', id: mailbox.id } : { kind: 'email_draft', id: draft.id };
    context.auditTarget({ ...target, name: mailbox.address });
    const undoSeconds = (input as { undo_seconds?: number }).undo_seconds ?? UNDO_SECONDS;
    const isJoining = draft?.state === 'sending';
    if (draft !== null && !isJoining) requireOpen(draft);
    const personId = caller.person.id;
    const why = isJoining ? null : await whyNotSent(transaction, { mailbox, personId, recipients: content });
    if (why !== null) throw new PublicError('refused_by_policy', why);
    const { require_approval } = await readPolicy(transaction);
    const would = [
      `send "${content.subject}" from ${mailbox.address} to ${allRecipients(content).map(showAddress).join(', ')}`,
      `leave ${undoSeconds} seconds to take it back`,
      ...(require_approval.send ? ['wait for a manager or admin to approve it'] : []),
      'keep a copy in the mailbox’s Sent folder',
    ];
    if (input.dry_run) return { operation_id: null, operation: null, joined: false, dry_run: true, would };
    const accepted = await acceptSending(transaction, context, { ...email, draft, undoSeconds, hashKey });
    const start = (operation: Operation) => startSending(context, operation);
    return { ...startAfterCommit(context, accepted, start), would };
  },
});

/** @throws PublicError `invalid_request` */
function checkSendable({ draft, text, dry_run: _dryRun, ...input }: Sendable): void {
  if (draft !== undefined) {
    const { undo_seconds: _undoSeconds, ...others } = input as Sendable & { undo_seconds?: number };
    if (text === undefined && Object.values(others).every((value) => value === undefined)) return;
    throw new PublicError('invalid_request', 'A draft is sent as it is. Change it first.', {
      members: { tools: ['update_email_draft'] },
    });
  }
  if (text === undefined) throw new PublicError('invalid_request', 'Give `draft`, or the `text` of the mail.');
  checkForm(input);
}

async function whatToSend(
  { transaction, caller, vault }: RunContext,
  { draft: id, text = '', ...input }: Sendable,
): Promise<NewEmail & { draft: EmailDraft | null }> {
  if (id === undefined) {
    const email = await writeEmail(transaction, { vault, caller }, { ...input, text, right: 'send' });
    return { ...email, draft: null };
  }
  const draft = await lockDraft(transaction, id);
  const mailbox = await mailboxOf(transaction, draft.mailboxId);
  requireMailboxRight(mailbox, caller, 'send');
  return { mailbox, threadId: draft.threadId, content: await openEmail(vault, 'draft', draft), draft };
}
