import type { MessageStructureObject } from 'imapflow';
import type { EmailAttachment } from '../domain/email-message.ts';
import { cleanText } from './clean-text.ts';

/** A part that holds text, and what is needed to decode it. */
export interface TextPart {
  /** IMAP's part number. */
  part: string;
  isHtml: boolean;
  encoding: string;
  charset: string;
  /** RFC 3676. */
  flowed: boolean;
  delSp: boolean;
}

/** What a delivery report is told by. */
export interface ReportParts {
  status: TextPart | null;
  /** The headers of the mail that it tells of: a part's own number, or that of an enclosed message. */
  returnedHeaders: string | null;
}

export interface MessageParts {
  /** What to read, in this order; HTML only where there is nothing else. */
  texts: TextPart[];
  attachments: EmailAttachment[];
  report: ReportParts;
}

/** However many parts a message has, so many are looked at. */
const MOST_PARTS = 500;
const MOST_TEXTS = 4;
const MOST_ATTACHMENTS = 100;

/** Sorts a message's parts into texts and attachments. Walks without recursion: depth costs nothing. */
export function sortParts(root: MessageStructureObject | undefined): MessageParts {
  const plain: TextPart[] = [];
  const html: TextPart[] = [];
  const attachments: EmailAttachment[] = [];
  const report: ReportParts = { status: null, returnedHeaders: null };
  const waiting = root === undefined ? [] : [root];
  for (let seen = 0; waiting.length > 0 && seen < MOST_PARTS; seen++) {
    const node = waiting.pop() as MessageStructureObject;
    const type = node.type.toLowerCase();
    if (type.startsWith('multipart/')) {
      waiting.push(...(node.childNodes ?? []).toReversed());
      continue;
    }
    noteReport(report, type, node);
    if (isText(type, node)) (type === 'text/html' ? html : plain).push(textPart(type, node));
    else if (attachments.length < MOST_ATTACHMENTS) attachments.push(attachment(type, node));
  }
  return { texts: (plain.length > 0 ? plain : html).slice(0, MOST_TEXTS), attachments, report };
}

/** A message of one part has no part numbers; its text is part 1. */
const numberOf = ({ part }: MessageStructureObject) => part ?? '1';

function isText(type: string, node: MessageStructureObject): boolean {
  if (type !== 'text/plain' && type !== 'text/html') return false;
  return node.disposition?.toLowerCase() !== 'attachment' && filenameOf(node) === '';
}

function textPart(type: string, node: MessageStructureObject): TextPart {
  return {
    part: numberOf(node),
    isHtml: type === 'text/html',
    encoding: node.encoding?.toLowerCase() ?? '7bit',
    charset: node.parameters?.charset ?? '',
    flowed: node.parameters?.format?.toLowerCase() === 'flowed',
    delSp: node.parameters?.delsp?.toLowerCase() === 'yes',
  };
}

function filenameOf({ dispositionParameters, parameters }: MessageStructureObject): string {
  return cleanText(dispositionParameters?.filename ?? parameters?.name ?? '', 200);
}

function attachment(type: string, node: MessageStructureObject): EmailAttachment {
  return {
    part: numberOf(node),
    filename: filenameOf(node) || (type === 'message/rfc822' ? cleanText(node.envelope?.subject ?? '', 200) : ''),
    type: cleanText(type, 100),
    size_bytes: Number.isSafeInteger(node.size) ? (node.size ?? 0) : 0,
    inline: node.disposition?.toLowerCase() === 'inline' || node.id !== undefined,
  };
}

function noteReport(report: ReportParts, type: string, node: MessageStructureObject): void {
  if (type === 'message/delivery-status') report.status ??= textPart(type, node);
  else if (type === 'message/rfc822') report.returnedHeaders ??= `${numberOf(node)}.HEADER`;
  else if (type === 'text/rfc822-headers') report.returnedHeaders ??= numberOf(node);
}
