import type { AutomaticMark } from './email-message.ts';

/** A message's headers, by lower-case name; of one that stands several times, the last. */
export type EmailHeaders = ReadonlyMap<string, string>;

/** The headers that tell of machines; asked for by name. */
export const AUTOMATIC_HEADERS = [
  'auto-submitted',
  'precedence',
  'return-path',
  'content-type',
  'list-id',
  'list-unsubscribe',
  'list-post',
  'x-auto-response-suppress',
  'x-autoreply',
  'x-autorespond',
  'x-failed-recipients',
  'x-loop',
  'feedback-id',
] as const;

/** Mailboxes that only machines write from. */
const MACHINES = /^(mailer-daemon|postmaster|no-?reply|do-?not-?reply|bounces?)([+-].*)?@/i;
const BOUNCING = /^(mailer-daemon|postmaster)@/i;

/**
 * Why nothing may answer a message by itself, or null (RFC 3834 §2, RFC 5230 §4.6, RFC 2369, RFC 2919).
 * @param from the address of who wrote it, '' where none is told
 */
export function automaticMark(headers: EmailHeaders, from: string): AutomaticMark | null {
  const told = (name: string) => headers.get(name)?.trim().toLowerCase() ?? '';
  if (isReport(told('content-type')) || headers.has('x-failed-recipients') || BOUNCING.test(from)) return 'bounce';
  if (/^<\s*>$/.test(told('return-path'))) return 'bounce';
  const submitted = told('auto-submitted').replace(/[;\s(].*$/s, '');
  if (submitted === 'auto-replied') return 'auto_replied';
  if (submitted !== '' && submitted !== 'no') return 'auto_generated';
  if (headers.has('x-autoreply') || headers.has('x-autorespond')) return 'auto_replied';
  const precedence = told('precedence');
  if (/^auto[-_ ]?reply$/.test(precedence)) return 'auto_replied';
  if (headers.has('list-id') || headers.has('list-post') || precedence === 'list') return 'list';
  if (precedence === 'bulk' || precedence === 'junk' || headers.has('list-unsubscribe') || headers.has('feedback-id')) {
    return 'bulk';
  }
  if (headers.has('x-loop') || MACHINES.test(from)) return 'auto_generated';
  return /\b(all|autoreply|oof|dr|rn|nrn)\b/.test(told('x-auto-response-suppress')) ? 'auto_generated' : null;
}

/** A delivery report (RFC 3464), not a read receipt. */
function isReport(contentType: string): boolean {
  return contentType.startsWith('multipart/report') && /report-type\s*=\s*"?delivery-status/.test(contentType);
}
