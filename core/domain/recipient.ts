import type { InputIssue } from '../errors.ts';
import type { EmailAddress } from './email-message.ts';

/** A mail goes to so many at most: who writes to more has a service for that, which takes care of unsubscribing. */
export const MOST_RECIPIENTS = 100;

/** RFC 5321 §4.5.3.1, in octets. */
const LONGEST_LOCAL_PART = 64;
const LONGEST_DOMAIN = 253;
const LONGEST_NAME = 200;
const LONGEST_TEXT = 1_000;

/** `Name <local@domain>`, `"Name" <local@domain>` or `local@domain`. */
const FORM = /^(?:(?<name>[^<>]*)<(?<angled>[^<>\s]+)>|(?<bare>[^<>\s]+))$/u;
/** RFC 5322 §3.2.3, with what RFC 6531 §3.3 adds. Quoted local parts are left out: nobody has one. */
const LOCAL_PART = /^[\w!#$%&'*+/=?^`{|}~\-\p{L}\p{M}\p{N}]+(?:\.[\w!#$%&'*+/=?^`{|}~\-\p{L}\p{M}\p{N}]+)*$/u;
const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * What ends a header's line or hides how a text reads: control characters, every kind of line end, marks that turn the
 * writing direction, and others that nobody sees. The two joiners are part of ordinary words in some scripts.
 */
const UNSEEN = /[\p{Cc}\p{Zl}\p{Zp}\p{Cs}\p{Co}]|(?![\u200c\u200d])\p{Cf}/u;

export function hasUnseen(text: string): boolean {
  return UNSEEN.test(text);
}

const octets = (text: string) => new TextEncoder().encode(text).length;

/** The domain as DNS knows it; undefined when it is none. Literals such as `[10.0.0.1]` are none. */
function domainToAscii(domain: string): string | undefined {
  // A URL's host may also be escaped, an address or carry a port: a mail's may not.
  if (/[%:/?#@[\]\\\s]/.test(domain) || !URL.canParse(`http://${domain}`)) return undefined;
  const { hostname } = new URL(`http://${domain}`);
  const labels = hostname.split('.');
  const isName = labels.every((label) => LABEL.test(label)) && !/^\d+$/.test(labels.at(-1) ?? '');
  return isName && labels.length > 1 && hostname.length <= LONGEST_DOMAIN ? hostname : undefined;
}

function withoutQuotes(name: string): string {
  const trimmed = name.trim();
  const [, quoted] = /^"((?:[^"\\]|\\.)*)"$/su.exec(trimmed) ?? [];
  return quoted === undefined ? trimmed : quoted.replace(/\\(.)/gsu, '$1').trim();
}

/**
 * Reads one recipient as people write it.
 * @returns the address, its domain in lower case and in ASCII (RFC 5891), so that what is shown is what is dialled; or
 * what is wrong with it
 */
export function parseRecipient(text: string): EmailAddress | { problem: string } {
  if (text.length > LONGEST_TEXT) return { problem: `is longer than ${LONGEST_TEXT} characters` };
  if (hasUnseen(text)) return { problem: 'holds a line end or another character that is not seen; write it anew' };
  const { name = '', angled, bare } = FORM.exec(text.trim())?.groups ?? {};
  const written = angled ?? bare ?? '';
  const at = written.lastIndexOf('@');
  const localPart = written.slice(0, Math.max(at, 0));
  const domain = domainToAscii(written.slice(at + 1));
  if (at < 1 || domain === undefined || !LOCAL_PART.test(localPart) || octets(localPart) > LONGEST_LOCAL_PART) {
    return { problem: 'is no e-mail address; write name@example.com or Name <name@example.com>' };
  }
  const address = `${localPart}@${domain}`;
  const shown = withoutQuotes(name);
  if (shown.length > LONGEST_NAME) return { problem: `has a name of over ${LONGEST_NAME} characters` };
  // A name that is an address makes people believe that the mail goes there.
  if (shown.includes('@') && shown !== address && shown !== written) {
    return { problem: 'has a name that looks like another address; leave the name out' };
  }
  return { name: shown === address || shown === written ? '' : shown, address };
}

/** Whether two addresses are one to all servers known: local parts that differ by case belong to one person. */
export function addressKey(address: string): string {
  return address.toLowerCase();
}

/** Who gets a mail, as its headers tell. */
export interface Recipients {
  to: EmailAddress[];
  cc: EmailAddress[];
  bcc: EmailAddress[];
}

export const RECIPIENT_FIELDS = ['to', 'cc', 'bcc'] as const;

export function allRecipients({ to, cc, bcc }: Recipients): EmailAddress[] {
  return [...to, ...cc, ...bcc];
}

/** Each address once, where it stands first. */
export function eachOnce({ to, cc, bcc }: Recipients): Recipients {
  const met = new Set<string>();
  const isNew = ({ address }: EmailAddress) => {
    const before = met.size;
    return met.add(addressKey(address)).size > before;
  };
  return { to: to.filter(isNew), cc: cc.filter(isNew), bcc: bcc.filter(isNew) };
}

/**
 * Reads all recipients of a mail.
 * @returns them, each address once, or what is wrong, by member of the input
 */
export function parseRecipients(
  given: Partial<Record<(typeof RECIPIENT_FIELDS)[number], readonly string[]>>,
): { recipients: Recipients } | { issues: InputIssue[] } {
  const issues: InputIssue[] = [];
  const recipients: Recipients = { to: [], cc: [], bcc: [] };
  const count = RECIPIENT_FIELDS.reduce((sum, field) => sum + (given[field]?.length ?? 0), 0);
  if (count > MOST_RECIPIENTS) {
    const message = `a mail goes to at most ${MOST_RECIPIENTS} recipients, these are ${count}; send several, or use a service for mailing lists`;
    return { issues: [{ path: 'to', message }] };
  }
  for (const field of RECIPIENT_FIELDS) {
    given[field]?.forEach((text, index) => {
      const parsed = parseRecipient(text);
      if ('problem' in parsed) issues.push({ path: `${field}.${index}`, message: parsed.problem });
      else recipients[field].push(parsed);
    });
  }
  return issues.length > 0 ? { issues } : { recipients: eachOnce(recipients) };
}

/** An address as a header shows it, for people to read. */
export function showAddress({ name, address }: EmailAddress): string {
  if (name === '') return address;
  return /^[\p{L}\p{M}\p{N} '-]+$/u.test(name)
    ? `${name} <${address}>`
    : `"${name.replaceAll(/["\\]/g, '\\$&')}" <${address}>`;
}
