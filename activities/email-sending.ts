import type { EmailSending } from '../core/domain/outgoing-email.ts';
import type { Attempt } from '../core/domain/rotation-workflow.ts';
import { whyAskerMayNot } from '../core/services/approvals.ts';
import { beginStep, waitInOperation } from '../core/services/long-running.ts';
import { contentHash, openOutgoing } from '../core/services/outgoing-emails.ts';
import { whyNotSent } from '../core/services/sending-rules.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import { later } from './attempts.ts';
import { createEmailEndActivities } from './email-ends.ts';
import { createEmailEvidenceActivities } from './email-evidence.ts';
import { type SendingDependencies, type SendingRows, withSending } from './email-sending-rows.ts';
import { createEmailTransmissionActivities } from './email-transmission.ts';
import { heartbeating } from './heartbeating.ts';
import { MailboxTrouble, withImap } from './mailbox-trouble.ts';
import { standsInDrafts } from './stored-draft.ts';

export type EmailSendingActivities = ReturnType<typeof createEmailSendingActivities>;

const DRAFT_AWAY_SECONDS = 15;

/** What the workflow `sendEmail` does; each looks first at what is there already, so that it may begin again. */
export function createEmailSendingActivities(dependencies: SendingDependencies) {
  const { now } = dependencies;
  return heartbeating({
    /**
     * Waits while a person can still take it back.
     * @returns `isUnderWay`: it has left this stage before, and all that comes before the handing over with it
     */
    lookAtUndoWindow: (sending: EmailSending): Promise<Attempt | { outcome: 'done'; isUnderWay: boolean }> =>
      withSending(dependencies, sending, async (transaction, { operation, email, isStopped }) => {
        if (email.state !== 'accepted') return { outcome: 'done', isUnderWay: true };
        if (isStopped) return { outcome: 'stop' };
        await beginStep(transaction, operation.id, 'undo_window');
        if (now() >= email.undoUntil.getTime()) {
          await beginStep(transaction, operation.id, 'check');
          return { outcome: 'done', isUnderWay: false };
        }
        await waitInOperation(transaction, operation.id, {
          waitingFor: null,
          until: email.undoUntil,
          detail: 'Until then it can be taken back.',
        });
        return { outcome: 'later', retryAfterSeconds: (email.undoUntil.getTime() - now()) / 1_000 };
      }),

    /** Whether it may leave, as of now; from here on it counts towards the mailbox's limit. */
    async reserveSending(sending: EmailSending): Promise<Attempt> {
      await dependencies.vault.prepare(sending.organizationId);
      const hashKey = await dependencies.instanceKeys.key('outgoing-email');
      const draft = await lookForItsDraft(dependencies, sending);
      if (draft.outcome !== 'done') return draft;
      return withSending(dependencies, sending, async (transaction, rows): Promise<Attempt> => {
        const { email, operation, isStopped } = rows;
        if (email.state !== 'accepted') return { outcome: 'done' };
        if (isStopped) return { outcome: 'stop' };
        await beginStep(transaction, operation.id, 'check');
        const why = await whyNot(dependencies, transaction, { ...rows, hashKey });
        if (why !== null) return { outcome: 'refused', why };
        await transaction.outgoingEmail.update({
          where: { id: email.id },
          data: { state: 'sending', datedAt: new Date(now()) },
        });
        return { outcome: 'done' };
      });
    },

    ...createEmailTransmissionActivities(dependencies),
    ...createEmailEvidenceActivities(dependencies),
    ...createEmailEndActivities(dependencies),
  });
}

async function whyNot(
  { vault }: SendingDependencies,
  transaction: OrganizationTransaction,
  { operation, email, hashKey }: SendingRows & { hashKey: Buffer },
): Promise<string | null> {
  const mayNot = await whyAskerMayNot(transaction, operation);
  if (mayNot !== null) return mayNot;
  const content = await openOutgoing(vault, email);
  const { content_hash } = operation.input as { content_hash?: string };
  if (content === null || contentHash(hashKey, content) !== content_hash) {
    return 'What would be sent is not what was asked for.';
  }
  // One after the other, so that no two take the last place of an hour.
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`sendings/${email.mailboxId}`}, 0))`;
  const mailbox = await transaction.mailbox.findUniqueOrThrow({ where: { id: email.mailboxId } });
  const wanted = { mailbox, personId: operation.requestedPersonId, recipients: content, except: email.id };
  return whyNotSent(transaction, wanted);
}

/** A draft that somebody sent, changed or deleted in another program is not sent by us as well. */
async function lookForItsDraft(dependencies: SendingDependencies, sending: EmailSending): Promise<Attempt> {
  const { draft, mailbox, state } = await withSending(
    dependencies,
    sending,
    async (transaction, { email, mailbox }) => ({
      draft:
        email.draftId === null
          ? null
          : await transaction.emailDraft.findUniqueOrThrow({ where: { id: email.draftId } }),
      mailbox,
      state: email.state,
    }),
  );
  if (draft === null || draft.storedVersion === 0 || state !== 'accepted') return { outcome: 'done' };
  try {
    if (await withImap(dependencies.mail, mailbox, (client) => standsInDrafts(client, draft)))
      return { outcome: 'done' };
  } catch (error) {
    if (!(error instanceof MailboxTrouble)) throw error;
    return later(dependencies, sending, { why: error.message, retryAfterSeconds: DRAFT_AWAY_SECONDS });
  }
  await dependencies.database.inOrganization(sending.organizationId, (transaction) =>
    transaction.emailDraft.update({ where: { id: draft.id }, data: { state: 'gone', updatedAt: new Date() } }),
  );
  return {
    outcome: 'refused',
    why: 'The draft is not in the mailbox’s Drafts any more: somebody sent, changed or deleted it there. Nothing was sent.',
  };
}
