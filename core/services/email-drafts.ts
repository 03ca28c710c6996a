import { randomUUID } from 'node:crypto';
import { v7 as uuid } from 'uuid';
import { type Actor, actorOf, type Caller } from '../domain/caller.ts';
import {
  DRAFT_STEPS,
  type DraftChange,
  type DraftKind,
  type DraftReference,
  type DraftState,
  draftWorkflowId,
} from '../domain/email-draft.ts';
import { RESTORABLE_DAYS } from '../domain/long-running.ts';
import { looksLikeId } from '../domain/names.ts';
import { allRecipients, showAddress } from '../domain/recipient.ts';
import { DAY_MS } from '../domain/times.ts';
import { notFound, PublicError } from '../errors.ts';
import type { EmailContent } from '../outgoing-email/compose.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { EmailDraft, Mailbox, Operation } from '../store/generated/client.ts';
import type { Vault } from '../vault/vault.ts';
import { acceptOperation } from './operations.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';
import { openEmail, sealEmail } from './written-emails.ts';

/** A Message-ID of a mailbox's domain, without angle brackets (RFC 5322 §3.6.4). */
export function newMessageId({ address }: Pick<Mailbox, 'address'>): string {
  return `${randomUUID()}@${address.slice(address.lastIndexOf('@') + 1)}`;
}

/** What lists and texts show of a mail's content without opening it. */
export function outsideOf(content: EmailContent) {
  return { subject: content.subject, recipients: allRecipients(content).map(({ address }) => address) };
}

/** @throws PublicError `not_found` */
export async function findDraft(transaction: OrganizationTransaction, id: string): Promise<EmailDraft> {
  const draft = looksLikeId(id) ? await transaction.emailDraft.findUnique({ where: { id } }) : null;
  if (draft === null) throw notFound('email draft', id);
  return draft;
}

/** The same, locked until the transaction ends. */
export async function lockDraft(transaction: OrganizationTransaction, id: string): Promise<EmailDraft> {
  const found = await findDraft(transaction, id);
  await transaction.$queryRaw`SELECT id FROM email_draft WHERE id = ${found.id}::uuid FOR UPDATE`;
  return findDraft(transaction, found.id);
}

export async function createDraft(
  transaction: OrganizationTransaction,
  { vault, caller }: { vault: Vault; caller: Caller },
  { mailbox, threadId, content }: { mailbox: Mailbox; threadId: string | null; content: EmailContent },
): Promise<EmailDraft> {
  const id = uuid();
  const { organizationId } = transaction;
  return transaction.emailDraft.create({
    data: {
      id,
      organizationId,
      mailboxId: mailbox.id,
      threadId,
      messageId: newMessageId(mailbox),
      staleMessageIds: [],
      ...outsideOf(content),
      ...(await sealEmail(vault, 'draft', { organizationId, id }, content)),
      writtenBy: { ...actorOf(caller) },
    },
  });
}

/** A further version, under a Message-ID of its own: the mailbox gets it before the older one goes. */
export async function rewriteDraft(
  transaction: OrganizationTransaction,
  { vault, caller }: { vault: Vault; caller: Caller },
  { draft, mailbox, content }: { draft: EmailDraft; mailbox: Mailbox; content: EmailContent },
): Promise<EmailDraft> {
  return transaction.emailDraft.update({
    where: { id: draft.id },
    data: {
      state: 'open',
      discardedAt: null,
      // What was discarded is in nobody's Drafts any more: nothing has to be found there first.
      ...(draft.state === 'discarded' && { storedVersion: 0 }),
      version: { increment: 1 },
      messageId: newMessageId(mailbox),
      staleMessageIds: [...draft.staleMessageIds, draft.messageId],
      ...outsideOf(content),
      ...(await sealEmail(vault, 'draft', draft, content)),
      writtenBy: { ...actorOf(caller) },
      updatedAt: new Date(),
    },
  });
}

/** Writes the operation's row; the workflow that brings the mailbox in line starts after the commit. */
export function acceptDraftChange(
  transaction: OrganizationTransaction,
  caller: Caller,
  { kind, draft, mailbox }: { kind: DraftKind; draft: EmailDraft; mailbox: Mailbox },
): Promise<{ operation: Operation; joined: boolean }> {
  return acceptOperation(transaction, {
    kind,
    area: 'email',
    steps: DRAFT_STEPS,
    taken: 'record',
    target: { kind: 'email_draft', id: draft.id, name: mailbox.address },
    input: { draft: draft.id, mailbox: mailbox.address, version: draft.version },
    requestedBy: actorOf(caller),
    requestedPersonId: caller.person.id,
    workflowId: () => draftWorkflowId({ draftId: draft.id }),
  });
}

/** What the workflow of an accepted change starts with. */
export function draftChangeOf({ organizationId, targetId, id }: Operation): DraftChange {
  return { organizationId, draftId: targetId, operationId: id };
}

export function draftReferenceOf({ organizationId, id }: EmailDraft): DraftReference {
  return { organizationId, draftId: id };
}

/** @throws PublicError `conflict` that says what became of it */
export function requireOpen({ state }: EmailDraft): void {
  if (state === 'open') return;
  const whys: Record<Exclude<DraftState, 'open'>, { why: string; tools: string[] }> = {
    sending: {
      why: 'It is being sent. Follow it, or take it back while there is time.',
      tools: ['list_operations', 'cancel_operation'],
    },
    sent: { why: 'It was sent.', tools: [] },
    discarded: { why: 'It was discarded. Bring it back first.', tools: ['update_email_draft'] },
    gone: {
      why: 'It is not in the mailbox’s Drafts any more: somebody sent, changed or deleted it there.',
      tools: [],
    },
  };
  const { why, tools } = whys[state as Exclude<DraftState, 'open'>];
  throw new PublicError('conflict', why, { members: { tools } });
}

/** The text that a list shows. */
const PREVIEW_CHARACTERS = 300;

/** @param whole its whole text, not only how it begins */
export async function describeDraft(
  vault: Vault,
  draft: EmailDraft & { mailbox: Pick<Mailbox, 'address'> },
  { whole }: { whole: boolean },
) {
  const { to, cc, bcc, ...content } = await openEmail(vault, 'draft', draft);
  const { name, app } = draft.writtenBy as unknown as Actor;
  return {
    id: draft.id,
    mailbox: draft.mailbox.address,
    thread_id: draft.threadId,
    state: draft.state as DraftState,
    in_mailbox: draft.storedVersion === draft.version,
    to: to.map(showAddress),
    cc: cc.map(showAddress),
    bcc: bcc.map(showAddress),
    subject: draft.subject,
    text: whole ? content.text : content.text.slice(0, PREVIEW_CHARACTERS),
    quote: whole ? content.quote : null,
    version: draft.version,
    written_by: app === null ? name : `${name} through ${app}`,
    updated_at: draft.updatedAt.toISOString(),
  };
}

export type EmailDraftJson = Awaited<ReturnType<typeof describeDraft>>;

interface DraftListing {
  mailboxIds: readonly string[];
  thread?: string | undefined;
  draft?: string | undefined;
  /** Those that were discarded and can be brought back. */
  deleted: boolean;
  limit: number;
  cursor?: string | undefined;
}

/** The newest first; one that is named with its whole text. */
export async function listDrafts(
  transaction: OrganizationTransaction,
  vault: Vault,
  { mailboxIds, thread, draft, deleted, limit, cursor }: DraftListing,
): Promise<Page<EmailDraftJson>> {
  const position = decodeCursor(cursor);
  const restorableSince = new Date(Date.now() - RESTORABLE_DAYS * DAY_MS);
  const rows = await transaction.emailDraft.findMany({
    where: {
      mailboxId: { in: [...mailboxIds] },
      ...(thread !== undefined && { threadId: looksLikeId(thread) ? thread : { in: [] } }),
      ...(draft !== undefined && { id: looksLikeId(draft) ? draft : { in: [] } }),
      ...(draft === undefined && !deleted && { state: { in: ['open', 'sending'] } }),
      ...(deleted && { state: 'discarded', discardedAt: { gt: restorableSince } }),
      ...(position !== undefined && { id: { lt: position.id } }),
    },
    include: { mailbox: { select: { address: true } } },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const items = new Map<string, EmailDraftJson>();
  for (const row of rows) items.set(row.id, await describeDraft(vault, row, { whole: draft !== undefined }));
  return toPage(
    rows,
    limit,
    ({ id }) => items.get(id) as EmailDraftJson,
    ({ id }) => ({ sort: '', id }),
  );
}
