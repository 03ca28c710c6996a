import type { MessageAddressObject } from 'imapflow';
import type { EmailHeaders } from '../domain/automatic-mail.ts';
import type { EmailAddress } from '../domain/email-message.ts';
import { cleanText } from './clean-text.ts';

/** More of a header block is not read. */
const LONGEST_BLOCK = 65_536;

/** Reads a header block (RFC 5322 §2.2), unfolded. Lines that are no header are left out. */
export function readHeaders(block: Buffer | undefined): EmailHeaders {
  const headers = new Map<string, string>();
  const unfolded = (block?.subarray(0, LONGEST_BLOCK).toString('latin1') ?? '').replace(/\r?\n[ \t]+/g, ' ');
  for (const line of unfolded.split(/\r?\n/)) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.set(line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim());
  }
  return headers;
}

const LONGEST_ID = 500;
/** Of a long thread, the first tell where it began and the last what is answered (RFC 5322 §3.6.4). */
const FIRST_IDS = 10;
const LAST_IDS = 40;

/** The Message-IDs of a header, without angle brackets, each once. */
export function messageIds(header: string | undefined): string[] {
  const found = [...(header ?? '').matchAll(/<([^<>]{1,1000})>/g)].map(([, id = '']) => messageId(id));
  const ids = [...new Set(found.filter((id) => id !== ''))];
  return ids.length <= FIRST_IDS + LAST_IDS ? ids : [...ids.slice(0, FIRST_IDS), ...ids.slice(-LAST_IDS)];
}

/** A Message-ID as messages are told apart by it; '' where there is none. */
export function messageId(text: string): string {
  return cleanText(text.replace(/[<>\s]/g, ''), LONGEST_ID);
}

/** More recipients are counted by the server only. */
const MOST_ADDRESSES = 200;

/** The addresses of an envelope's field. What is no address at all (a group's name) is left out. */
export function addresses(field: MessageAddressObject[] | undefined): EmailAddress[] {
  return (field ?? [])
    .slice(0, MOST_ADDRESSES)
    .map(({ name = '', address = '' }) => ({ name: cleanText(name, 200), address: cleanText(address, 320) }))
    .filter(({ address }) => address !== '');
}
