import type { EmailAddress } from './email-message.ts';
import { addressKey, eachOnce, type Recipients } from './recipient.ts';

/** What is known of the message that is answered. Message-IDs stand without angle brackets. */
export interface AnsweredMessage {
  messageId: string;
  inReplyTo: string | null;
  referenceIds: readonly string[];
  from: readonly EmailAddress[];
  replyTo: readonly EmailAddress[];
  to: readonly EmailAddress[];
  cc: readonly EmailAddress[];
  subject: string;
  /** RFC 3339. */
  date: string;
}

/** The headers by which mail programs put a reply into its thread (RFC 5322 §3.6.4). */
export interface ThreadHeaders {
  inReplyTo: string;
  references: string[];
}

/** Long threads: the first message and the latest ones are enough to place a reply. */
const MOST_REFERENCES = 20;

/** Only what can stand in the header: a made-up ID of a message without one, or one with blanks, refers to nothing. */
const REFERABLE = /^[^\s<>]{1,250}$/;

export function threadHeaders({
  messageId,
  inReplyTo,
  referenceIds,
}: Pick<AnsweredMessage, 'messageId' | 'inReplyTo' | 'referenceIds'>): ThreadHeaders | null {
  if (!REFERABLE.test(messageId)) return null;
  const before = referenceIds.length > 0 || inReplyTo === null ? referenceIds : [inReplyTo];
  const chain = [...new Set([...before.filter((id) => REFERABLE.test(id) && id !== messageId), messageId])];
  const references =
    chain.length <= MOST_REFERENCES ? chain : [...chain.slice(0, 1), ...chain.slice(1 - MOST_REFERENCES)];
  return { inReplyTo: messageId, references };
}

const REPLY_PREFIX = /^\s*re(?:\[\d+\])?\s*:/i;

/** `Re: ` once, however often it was answered. */
export function replySubject(subject: string): string {
  const plain = subject.replaceAll(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}\p{Zl}\p{Zp}]+/gu, ' ').trim();
  return REPLY_PREFIX.test(plain) ? plain : `Re: ${plain}`.trim();
}

/**
 * Whom a reply goes to: those whom the message asks to answer to (RFC 5322 §3.6.2), never the mailbox itself. A message
 * of the mailbox's own is answered to whom it went.
 * @param all also everybody else whom the message went to
 */
export function replyRecipients(
  answered: Pick<AnsweredMessage, 'from' | 'replyTo' | 'to' | 'cc'>,
  { own, all }: { own: readonly string[]; all: boolean },
): Recipients {
  const isOwn = ({ address }: EmailAddress) => own.some((mine) => addressKey(mine) === addressKey(address));
  const isByUs = answered.from.length > 0 && answered.from.every(isOwn);
  const asked = answered.replyTo.length > 0 ? answered.replyTo : answered.from;
  const to = isByUs ? answered.to : asked;
  const others = isByUs ? answered.cc : [...answered.to, ...answered.cc];
  const without = (addresses: readonly EmailAddress[]) => addresses.filter((address) => !isOwn(address));
  return eachOnce({ to: without(to), cc: all ? without(others) : [], bcc: [] });
}

/** So much of the answered text is quoted. */
const MOST_QUOTED_LINES = 200;
const LONGEST_QUOTED_LINE = 500;

/** What is answered, as a reply quotes it below its own text: each line after `> `, no attribution of hidden text. */
export function quote({ from, date }: Pick<AnsweredMessage, 'from' | 'date'>, text: string): string {
  const lines = text.replaceAll(/\r\n?/g, '\n').trim().split('\n');
  const quoted = lines.slice(0, MOST_QUOTED_LINES).map((line) => {
    const short = line.slice(0, LONGEST_QUOTED_LINE).trimEnd();
    return short.startsWith('>') ? `>${short}` : `> ${short}`.trimEnd();
  });
  if (lines.length > MOST_QUOTED_LINES) quoted.push('> […]');
  const writer = from[0]?.name || from[0]?.address || 'somebody';
  const when = `${date.slice(0, 10)} at ${date.slice(11, 16)} UTC`;
  return `On ${when}, ${writer} wrote:\n${quoted.join('\n')}`;
}
