import type { MailServer } from '../domain/mailbox.ts';
import { UpstreamForbiddenError } from './dialer.ts';

/** What is done one after the other to use a mail server. */
export const MAIL_STEPS = ['resolve', 'connect', 'tls', 'sign_in', 'folders'] as const;
export type MailStep = (typeof MAIL_STEPS)[number];

const STEP_WORDS: Record<MailStep, string> = {
  resolve: 'looking up the name',
  connect: 'connecting',
  tls: 'TLS',
  sign_in: 'signing in',
  folders: 'reading the folders',
};

/** A mail server could not be used. The message tells people which step failed; it may quote the server's answer. */
export class MailServerError extends Error {
  override readonly name = 'MailServerError';
  readonly protocol: MailServer['protocol'];
  readonly step: MailStep;
  /** Which step failed, in no words of the server's. */
  readonly what: string;
  /** The network guard refused it: trying again changes nothing. */
  readonly forbidden: boolean;

  constructor({ protocol, host, port }: MailServer, step: MailStep, why: string, cause?: unknown) {
    const what = `${protocol} ${host}:${port}: ${STEP_WORDS[step]} failed`;
    super(`${what}: ${why}`, { cause });
    this.what = what;
    this.protocol = protocol;
    this.step = step;
    this.forbidden = cause instanceof UpstreamForbiddenError;
  }
}

const LOOKUP_CODES = new Set(['ENOTFOUND', 'EAI_AGAIN', 'ENODATA', 'EAI_NODATA', 'EAI_FAIL']);
const LONGEST_QUOTE = 200;

/** Tells the failure of a dialled connection. */
export function dialFailure(server: MailServer, error: Error): MailServerError {
  if (error instanceof UpstreamForbiddenError) return new MailServerError(server, 'resolve', error.message, error);
  const { code } = error as NodeJS.ErrnoException;
  if (LOOKUP_CODES.has(code ?? '')) {
    return new MailServerError(server, 'resolve', 'the name has no address. Check the host', error);
  }
  const why = code === 'ECONNREFUSED' ? 'nothing listens there. Check host and port' : oneLine(error.message);
  return new MailServerError(server, 'connect', why, error);
}

/** A text on one line, shortened, as it may be stored: no control characters, no half of a surrogate pair. */
export function oneLine(text: string, longest = LONGEST_QUOTE): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is taken out
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f\s]+/g, ' ').trim();
  return (line.length > longest ? `${line.slice(0, longest).replace(/[\ud800-\udbff]$/, '')}…` : line).toWellFormed();
}
