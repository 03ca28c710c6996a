import type { MailLogin } from './imap.ts';
import { oneLine } from './mail-server-error.ts';

/**
 * What a mail server wrote, as it may be stored and shown: on one line, shortened, and without the secret that it was
 * told, which some quote when they refuse it (invariant 1).
 * @param login who had signed in, or tried to; null: nobody
 * @param longest in characters
 */
export function serverWords(text: string, login: MailLogin | null, longest?: number): string {
  const forms = login === null ? [] : formsOf(login);
  const told = forms.reduce((rest, form) => rest.replaceAll(new RegExp(RegExp.escape(form), 'gi'), '[secret]'), text);
  return oneLine(told, longest);
}

const base64 = (text: string) => Buffer.from(text, 'utf8').toString('base64');

/** The secret as a server gets to see it: as it is, quoted (RFC 9051 §4.3), and in SASL's PLAIN, LOGIN and XOAUTH2; the longest first. */
function formsOf({ user, ...secrets }: MailLogin): string[] {
  const secret = 'password' in secrets ? secrets.password : secrets.accessToken;
  const exchanged = [`\0${user}\0${secret}`, `user=${user}\x01auth=Bearer ${secret}\x01\x01`, secret].map(base64);
  const forms = [...exchanged, encodeURIComponent(secret), secret.replaceAll(/["\\]/g, '\\$&'), secret];
  return forms.filter((form) => form !== '').toSorted((one, other) => other.length - one.length);
}
