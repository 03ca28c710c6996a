import { z } from 'zod';
import type { DraftState } from '../domain/email-draft.ts';
import { describeDraft, draftReferenceOf } from '../services/email-drafts.ts';
import type { EmailDraft, Operation } from '../store/generated/client.ts';
import type { CallContext, RunContext } from './define-operation.ts';
import { untilSettled } from './draft-settling.ts';
import { changedDraftView } from './email-members.ts';

/** What changing a draft answers. */
export const draftAnswer = z.object({ draft: changedDraftView, operation_id: z.uuid().nullable() });

export type DraftAnswer = z.output<typeof draftAnswer>;

/**
 * Has the mailbox brought in line once the draft's row is committed. The draft is on record: where Temporal is away,
 * housekeeping starts what is left when it is back.
 */
export async function answerDraft(
  context: RunContext,
  { draft, operation }: { draft: EmailDraft; operation: Operation },
): Promise<DraftAnswer> {
  const { transaction, vault, workflows, log } = context;
  context.auditOperation(operation.id);
  context.afterCommit(() =>
    workflows.startDraftChange(draftReferenceOf(draft)).catch((error: unknown) => {
      log.warn({ err: error, operation_id: operation.id }, 'a draft reaches its mailbox when housekeeping finds it');
    }),
  );
  const mailbox = await transaction.mailbox.findUniqueOrThrow({ where: { id: draft.mailboxId } });
  return { draft: await describeDraft(vault, { ...draft, mailbox }, { whole: false }), operation_id: operation.id };
}

/** The same answer as it is after a few seconds, when most mailboxes have the draft. */
export async function settleAnswer<Answer extends DraftAnswer>(context: CallContext, answer: Answer): Promise<Answer> {
  const { operation_id: id } = answer;
  if (id === null) return answer;
  await untilSettled(context, id);
  const { state, storedVersion, version } = await context.database.inOrganization(
    context.caller.organizationId,
    (transaction) => transaction.emailDraft.findUniqueOrThrow({ where: { id: answer.draft.id } }),
  );
  const draft = { ...answer.draft, state: state as DraftState, in_mailbox: storedVersion === version };
  return { ...answer, draft };
}
