import type { Dependencies } from '../../dependencies.ts';
import {
  type AutomaticMark,
  type EmailAddress,
  type EmailAttachment,
  writtenAddress,
} from '../../domain/email-message.ts';
import { foldQuotes } from '../../domain/fold-quotes.ts';
import { looksLikeId } from '../../domain/names.ts';
import { notFound } from '../../errors.ts';
import type { OrganizationTransaction } from '../../store/database.ts';
import { type EmailMessage, Prisma } from '../../store/generated/client.ts';
import { emailAssociation } from '../../vault/vault.ts';
import { decodeCursor, isTime, type Page, toPage } from '../pages.ts';
import { attachmentId } from './attachments.ts';
import type { ThreadInMailbox } from './threads.ts';

/** Bytes of a message's text that a page of several shows; of one that is asked for alone. */
const SHOWN_BYTES = 6_000;
const SHOWN_ALONE_BYTES = 36_000;
const MOST_ADDRESSES = 20;
const MOST_ATTACHMENTS = 40;

export interface ThreadReading {
  /** One message alone. */
  message?: string | undefined;
  /** Where its text begins, in characters. */
  offset: number;
  quotes: boolean;
  limit: number;
  cursor?: string | undefined;
}

type MessageRow = EmailMessage & { role: string | null };

/**
 * Messages of a thread, the latest first. A mail that lies in several folders is told once: as it stands in Sent, where
 * nobody else puts anything, so that no forged copy takes the place of what was written here. Call `vault.prepare` before
 * the transaction.
 */
export async function readThread(
  transaction: OrganizationTransaction,
  { vault }: Pick<Dependencies, 'vault'>,
  { thread, mailbox }: ThreadInMailbox,
  reading: ThreadReading,
): Promise<Page<MessageJson>> {
  const position = decodeCursor(reading.cursor, isTime);
  const { message } = reading;
  if (message !== undefined && !looksLikeId(message)) throw notFound('message', message);
  const rows = await transaction.$queryRaw<MessageRow[]>`
    SELECT * FROM (
      SELECT DISTINCT ON (m.message_id, m."from", m.sent_at) m.id, m.message_id AS "messageId", m."from", m."to", m.cc,
        m.reply_to AS "replyTo", m.subject, m.sent_at AS "sentAt", m.received_at AS "receivedAt", m.seen, m.attachments,
        m.automatic, m.sealed, m.wrapped_key AS "wrappedKey", m.wrap_key_id AS "wrapKeyId", f.role
      FROM email_message m JOIN mailbox_folder f ON f.id = m.folder_id
      WHERE m.thread_id = ${thread.id}::uuid
      ORDER BY m.message_id, m."from", m.sent_at, f.role IS DISTINCT FROM 'sent', f.role IS DISTINCT FROM 'inbox', m.id) once
    WHERE ${message === undefined ? Prisma.sql`true` : Prisma.sql`id = ${message}::uuid`}
      AND ${position === undefined ? Prisma.sql`true` : Prisma.sql`("receivedAt", id) < (${position.sort}::timestamptz, ${position.id}::uuid)`}
    ORDER BY "receivedAt" DESC, id DESC LIMIT ${reading.limit + 1}`;
  if (message !== undefined && rows.length === 0) throw notFound('message', message);
  const items = new Map<string, MessageJson>();
  for (const row of rows.slice(0, reading.limit)) {
    const text = await openText(vault, mailbox.organizationId, row);
    items.set(row.id, messageJson(row, shownText(text, reading)));
  }
  return toPage(
    rows,
    reading.limit,
    ({ id }) => items.get(id) as MessageJson,
    ({ receivedAt, id }) => ({ sort: receivedAt.toISOString(), id }),
  );
}

async function openText(
  vault: Dependencies['vault'],
  organizationId: string,
  { id, sealed, wrappedKey, wrapKeyId }: MessageRow,
): Promise<string> {
  if (sealed === null || wrappedKey === null || wrapKeyId === null) return '';
  return (await vault.open({ sealed, wrappedKey, wrapKeyId }, emailAssociation(organizationId, id))).toString('utf8');
}

interface ShownText {
  text: string;
  /** Where the rest begins; null: there is none. */
  next_offset: number | null;
}

function shownText(whole: string, { message, offset, quotes }: ThreadReading): ShownText {
  const text = (quotes ? whole : foldQuotes(whole)).slice(offset);
  const bytes = Buffer.from(text, 'utf8');
  const most = message === undefined ? SHOWN_BYTES : SHOWN_ALONE_BYTES;
  if (bytes.length <= most) return { text, next_offset: null };
  // Never within a character: what is left of one is no character.
  const shown = new TextDecoder().decode(bytes.subarray(0, most), { stream: true });
  return { text: shown, next_offset: offset + shown.length };
}

function messageJson(row: MessageRow, shown: ShownText) {
  return {
    id: row.id,
    from: written(row.from),
    to: written(row.to),
    cc: written(row.cc),
    reply_to: written(row.replyTo),
    subject: row.subject,
    sent_at: row.sentAt?.toISOString() ?? null,
    received_at: row.receivedAt.toISOString(),
    unread: !row.seen,
    is_ours: row.role === 'sent',
    automatic: row.automatic as AutomaticMark | null,
    ...shown,
    attachments: (row.attachments as unknown as EmailAttachment[])
      .slice(0, MOST_ATTACHMENTS)
      .map(({ part, filename, type, size_bytes }) => ({
        id: attachmentId(row.id, part),
        filename,
        type,
        size_bytes,
      })),
  };
}

const written = (addresses: unknown) => (addresses as EmailAddress[]).slice(0, MOST_ADDRESSES).map(writtenAddress);

type MessageJson = ReturnType<typeof messageJson>;
