import { DRAFT_HOURS, DRAFT_KINDS, type DraftReference } from '../core/domain/email-draft.ts';
import { OPEN_STATUSES } from '../core/domain/long-running.ts';
import type { Attempt } from '../core/domain/rotation-workflow.ts';
import { HOUR_MS } from '../core/domain/times.ts';
import { beginStep, failOperation, succeedOperation, tryAgainLater } from '../core/services/long-running.ts';
import { openEmail } from '../core/services/written-emails.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { EmailDraft, Mailbox, Operation } from '../core/store/generated/client.ts';
import { backOffSeconds } from './attempts.ts';
import type { SendingDependencies } from './email-sending-rows.ts';
import { heartbeating } from './heartbeating.ts';
import { MailboxTrouble, withImap } from './mailbox-trouble.ts';
import { putIntoDrafts, standsInDrafts, takeFromDrafts } from './stored-draft.ts';

export type EmailDraftActivities = ReturnType<typeof createEmailDraftActivities>;

const GONE = 'The draft is not in the mailbox’s Drafts any more: somebody sent, changed or deleted it there.';

/** What the workflow `draftEmail` does: it brings a mailbox's Drafts in line with the draft's row, whatever was asked for. */
export function createEmailDraftActivities(dependencies: SendingDependencies) {
  const { database, mail, vault, now } = dependencies;
  const within = <T>(
    { organizationId, draftId }: DraftReference,
    work: (transaction: OrganizationTransaction, rows: DraftRows) => Promise<T>,
  ) =>
    database.inOrganization(organizationId, async (transaction) => work(transaction, await lock(transaction, draftId)));

  const begin = (draft: DraftReference, step: string) =>
    within(draft, async (transaction, { operations }) => {
      for (const { id } of operations) await beginStep(transaction, id, step);
    });

  /** Looks for the draft, appends what is missing and takes out what is old, each once however often this is tried. */
  async function store(reference: DraftReference, draft: DraftOfMailbox): Promise<'stored' | 'gone'> {
    const content = await openEmail(vault, 'draft', draft);
    return withImap(mail, draft.mailbox, async (client) => {
      if (draft.state !== 'open') {
        if (draft.state !== 'sending') await takeFromDrafts(client, draft);
        return 'stored';
      }
      // Nothing that the mailbox had before: what is not there now was taken away by somebody.
      if (draft.storedVersion > 0 && !(await standsInDrafts(client, draft))) return 'gone';
      await begin(reference, 'append');
      await putIntoDrafts(client, { draft, mailbox: draft.mailbox, content });
      await begin(reference, 'confirm');
      return 'stored';
    });
  }

  return heartbeating({
    async storeDraft({ tries, ...reference }: DraftReference & { tries: number }): Promise<Attempt> {
      await vault.prepare(reference.organizationId);
      await begin(reference, 'look');
      const draft = await within(reference, async (_transaction, rows) => rows.draft);
      try {
        const stored = draft.state === 'gone' ? 'gone' : await store(reference, draft);
        await within(reference, (transaction, rows) => note(transaction, { was: draft, is: rows.draft, stored }));
        return stored === 'gone' ? { outcome: 'refused', why: GONE } : { outcome: 'done' };
      } catch (error) {
        if (!(error instanceof MailboxTrouble)) throw error;
        const isOver = error.isLasting || now() - draft.updatedAt.getTime() > DRAFT_HOURS * HOUR_MS;
        if (isOver) return { outcome: 'refused', why: error.message };
        const retryAfterSeconds = backOffSeconds(tries);
        const until = new Date(now() + retryAfterSeconds * 1_000);
        await within(reference, async (transaction, { operations }) => {
          for (const { id } of operations) await tryAgainLater(transaction, id, { why: error.message, until });
        });
        return { outcome: 'later', retryAfterSeconds };
      }
    },

    /** Ends what was asked for, unless more was asked for meanwhile: then the workflow is told to look again. */
    settleDraft: ({ why, ...reference }: DraftReference & { why: string | null }): Promise<void> =>
      within(reference, async (transaction, { draft, operations }) => {
        for (const operation of operations) {
          if (why !== null) await failOperation(transaction, operation.id, { code: 'draft_not_stored', detail: why });
          else if (isInLine(draft)) await succeedOperation(transaction, operation.id, resultOf(draft));
        }
      }),
  });
}

type DraftOfMailbox = EmailDraft & { mailbox: Mailbox };

interface DraftRows {
  draft: DraftOfMailbox;
  /** Those that wait for the mailbox to be brought in line. */
  operations: Operation[];
}

/** Locks the draft, as whoever changes it does. */
async function lock(transaction: OrganizationTransaction, draftId: string): Promise<DraftRows> {
  await transaction.$queryRaw`SELECT id FROM email_draft WHERE id = ${draftId}::uuid FOR UPDATE`;
  return {
    draft: await transaction.emailDraft.findUniqueOrThrow({ where: { id: draftId }, include: { mailbox: true } }),
    operations: await transaction.operation.findMany({
      where: { targetId: draftId, kind: { in: [...DRAFT_KINDS] }, status: { in: [...OPEN_STATUSES] } },
      orderBy: { id: 'asc' },
    }),
  };
}

/** Keeps what the mailbox has now. What was asked for meanwhile stays to be done. */
async function note(
  transaction: OrganizationTransaction,
  { was, is, stored }: { was: EmailDraft; is: EmailDraft; stored: 'stored' | 'gone' },
): Promise<void> {
  const { id } = is;
  if (stored === 'gone') {
    await transaction.emailDraft.update({ where: { id }, data: { state: 'gone' } });
  } else if (was.state !== 'sending') {
    const staleMessageIds = is.staleMessageIds.filter((messageId) => !was.staleMessageIds.includes(messageId));
    const storedVersion = was.state === 'open' ? was.version : 0;
    await transaction.emailDraft.update({ where: { id }, data: { storedVersion, staleMessageIds } });
  }
}

function isInLine({ state, version, storedVersion, staleMessageIds }: EmailDraft): boolean {
  if (state === 'sending') return true;
  return storedVersion === (state === 'open' ? version : 0) && staleMessageIds.length === 0;
}

function resultOf({ id, version, state, mailbox }: DraftOfMailbox) {
  return { draft: id, mailbox: mailbox.address, version, state };
}
