import { createHash } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import type { FetchMessageObject, ImapFlow } from 'imapflow';
import { AUTOMATIC_HEADERS, automaticMark } from '../domain/automatic-mail.ts';
import type { AutomaticMark, EmailAddress, EmailAttachment, EmailBounce } from '../domain/email-message.ts';
import { readSubject } from '../domain/email-subject.ts';
import { cleanText } from './clean-text.ts';
import { decodePart } from './decode-part.ts';
import { readDeliveryReport } from './delivery-report.ts';
import { addresses, messageId, messageIds, readHeaders } from './headers.ts';
import { type MessageParts, sortParts, type TextPart } from './message-parts.ts';
import { bytesToRead, messageText } from './message-text.ts';

/** A message as it is stored. */
export interface ReadMessage {
  uid: number;
  messageId: string;
  inReplyTo: string | null;
  referenceIds: string[];
  baseSubject: string | null;
  bareReply: boolean;
  from: EmailAddress[];
  to: EmailAddress[];
  cc: EmailAddress[];
  replyTo: EmailAddress[];
  subject: string;
  sentAt: Date | null;
  receivedAt: Date;
  seen: boolean;
  flags: string[];
  sizeBytes: number;
  attachments: EmailAttachment[];
  automatic: AutomaticMark | null;
  bounce: EmailBounce | null;
  /** null: it has none. */
  text: string | null;
}

const HEADERS = ['message-id', 'in-reply-to', 'references', ...AUTOMATIC_HEADERS];

/**
 * Reads messages of the selected folder: headers, structure and text, never an attachment. Messages that the server does
 * not tell of are left out: they are gone.
 */
export async function readMessages(client: ImapFlow, uids: readonly number[]): Promise<ReadMessage[]> {
  const found: FetchMessageObject[] = [];
  const query = { uid: true, flags: true, envelope: true, bodyStructure: true, internalDate: true, size: true };
  for await (const message of client.fetch(uids.join(','), { ...query, headers: [...HEADERS] }, { uid: true })) {
    found.push(message);
  }
  const parts = new Map(found.map(({ uid, bodyStructure }) => [uid, sortParts(bodyStructure)]));
  const bodies = await readTexts(client, parts);
  const messages: ReadMessage[] = [];
  for (const message of found) {
    // Making text of a message takes its time: other mailboxes, and signs of life, come in between.
    await turn();
    const { texts, attachments, report } = parts.get(message.uid) as MessageParts;
    const read = {
      ...readEnvelope(message),
      attachments,
      text: messageText(texts, bodies.get(message.uid) ?? new Map()),
    };
    const isReport = read.automatic === 'bounce' && (report.status !== null || report.returnedHeaders !== null);
    messages.push({ ...read, bounce: isReport ? await readReport(client, read, report) : null });
  }
  return messages;
}

/** Reads the text parts, together for all messages that have them in the same places. */
async function readTexts(
  client: ImapFlow,
  parts: ReadonlyMap<number, MessageParts>,
): Promise<Map<number, ReadonlyMap<string, Buffer>>> {
  const bodies = new Map<number, ReadonlyMap<string, Buffer>>();
  const alike = Map.groupBy(parts, ([, { texts }]) => JSON.stringify(texts.map(({ part, isHtml }) => [part, isHtml])));
  for (const group of alike.values()) {
    const texts = group[0]?.[1].texts ?? [];
    if (texts.length === 0) continue;
    const bodyParts = texts.map((text) => ({ key: text.part, start: 0, maxLength: bytesToRead(text) }));
    const range = group.map(([uid]) => uid).join(',');
    for await (const message of client.fetch(range, { uid: true, bodyParts }, { uid: true })) {
      bodies.set(message.uid, message.bodyParts ?? new Map());
    }
  }
  return bodies;
}

/** In the place of a message that its server cannot give, so that people know of it. */
export function unreadableMessage(
  { id: folderId, uidValidity }: { id: string; uidValidity: bigint | null },
  uid: number,
): ReadMessage {
  return {
    uid,
    messageId: `${folderId}.${uidValidity}.${uid}@unreadable.invalid`,
    inReplyTo: null,
    referenceIds: [],
    baseSubject: null,
    bareReply: false,
    from: [],
    to: [],
    cc: [],
    replyTo: [],
    subject: '(A message that the mail server cannot give: open it in a mail program)',
    sentAt: null,
    receivedAt: new Date(),
    seen: false,
    flags: [],
    sizeBytes: 0,
    attachments: [],
    automatic: null,
    bounce: null,
    text: null,
  };
}

const LONGEST_REPORT = 65_536;

async function readReport(
  client: ImapFlow,
  { uid, inReplyTo, referenceIds }: Pick<ReadMessage, 'uid' | 'inReplyTo' | 'referenceIds'>,
  { status, returnedHeaders }: MessageParts['report'],
): Promise<EmailBounce> {
  const keys = [status?.part, returnedHeaders].filter((key) => key !== undefined && key !== null);
  const bodyParts = keys.map((key) => ({ key, start: 0, maxLength: LONGEST_REPORT }));
  const message = await client.fetchOne(String(uid), { uid: true, bodyParts }, { uid: true });
  const body = (key: string | null) => {
    const found = message === false || key === null ? undefined : message.bodyParts;
    return found?.get(key ?? '') ?? found?.get((key ?? '').toLowerCase()) ?? null;
  };
  const statusBody = body(status?.part ?? null);
  return readDeliveryReport(
    statusBody === null ? null : decodePart(statusBody, status as TextPart),
    body(returnedHeaders),
    [...referenceIds, ...(inReplyTo === null ? [] : [inReplyTo])],
  );
}

function readEnvelope(message: FetchMessageObject): Omit<ReadMessage, 'attachments' | 'text' | 'bounce'> {
  const { uid, envelope = {}, flags = new Set<string>(), size = 0 } = message;
  const headers = readHeaders(message.headers);
  const subject = cleanText(envelope.subject ?? '', 500);
  const inReplyTo = messageIds(headers.get('in-reply-to'))[0] ?? null;
  const referenceIds = messageIds(headers.get('references'));
  const { base, isReply } = readSubject(subject);
  const refersToNothing = inReplyTo === null && referenceIds.length === 0;
  const from = addresses(envelope.from ?? envelope.sender);
  const sentAt = storableDate(envelope.date);
  return {
    uid,
    messageId: messageId(headers.get('message-id') ?? '') || ownMessageId(message),
    inReplyTo,
    referenceIds,
    baseSubject: refersToNothing && base !== '' ? base : null,
    bareReply: refersToNothing && isReply && base !== '',
    from,
    to: addresses(envelope.to),
    cc: addresses(envelope.cc),
    replyTo: addresses(envelope.replyTo),
    subject,
    sentAt,
    receivedAt: storableDate(message.internalDate) ?? sentAt ?? new Date(),
    seen: flags.has('\\Seen'),
    flags: [...flags]
      .filter((flag) => flag !== '\\Seen')
      .map((flag) => cleanText(flag, 100))
      .slice(0, 50),
    sizeBytes: size,
    automatic: automaticMark(headers, from[0]?.address ?? ''),
  };
}

/** For a message that has none: the same for its copies in other folders. */
function ownMessageId({ envelope, size }: FetchMessageObject): string {
  const { date, subject, from } = envelope ?? {};
  const told = JSON.stringify([String(date), subject, from?.[0]?.address, size]);
  return `${createHash('sha256').update(told).digest('hex').slice(0, 32)}@no-message-id.invalid`;
}

/** A time that Postgres and people can make use of. */
function storableDate(value: Date | string | undefined): Date | null {
  const date = new Date(value ?? Number.NaN);
  const year = date.getUTCFullYear();
  return year >= 1970 && year < 2200 ? date : null;
}
