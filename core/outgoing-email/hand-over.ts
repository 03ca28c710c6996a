import { Readable } from 'node:stream';
import type MailMessage from 'nodemailer/lib/mailer/mail-message';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import SMTPTransport from 'nodemailer/lib/smtp-transport';
import type { MailServerError } from '../outbound/mail-server-error.ts';
import { smtpWords } from '../outbound/smtp.ts';

export interface Handover {
  /** Who sends and who receives (RFC 5321 §2.3.1), addresses only. */
  envelope: { from: string; to: readonly string[] };
  message: Buffer;
  /**
   * Called when the server has everything but the final dot. Once it has resolved, the mail may be taken; when it
   * rejects, it certainly is not.
   */
  beforeFinalDot: () => Promise<void>;
}

/** What became of a mail at the server. */
export type HandoverVerdict =
  | { kind: 'taken'; answer: string }
  /**
   * Certainly not taken.
   * @property isTemporary another try may be taken
   * @property answer the server's own words, or what is in the way of reaching it
   */
  | { kind: 'not_taken'; isTemporary: boolean; answer: string }
  /** The connection ended between the final dot and the server's word. */
  | { kind: 'unknown' };

const LONGEST_ANSWER = 500;

type SmtpFailure = SMTPConnection.SMTPError & { recipient?: string };

/** As nodemailer keeps the envelope that it is given while it works on it. */
interface WorkedOnEnvelope {
  from: string;
  to: string[];
  size: number;
  rejectedErrors?: SmtpFailure[];
}

/**
 * Hands one mail over to a mailbox's SMTP server, on a connection of its own.
 *
 * All or nothing: where the server refuses one recipient nobody gets the mail. A connection that ends before the final dot
 * leaves nothing at the server (RFC 5321 §4.1.1.4); one that ends after it tells nothing, and the verdict is `unknown`
 * (invariant 5).
 * @throws what `beforeFinalDot` rejected with
 */
export async function handOver(
  settings: SMTPTransport.Options,
  { envelope, message, beforeFinalDot }: Handover,
): Promise<HandoverVerdict> {
  const workedOn: WorkedOnEnvelope = { from: envelope.from, to: [...envelope.to], size: message.length };
  let isOver = false;
  let isPastDot = false;
  let refusal: SmtpFailure | undefined;
  let marking: Promise<void> | undefined;

  async function* upToFinalDot() {
    refusal = workedOn.rejectedErrors?.[0];
    if (refusal !== undefined) throw new Error('A recipient was refused.');
    yield message;
    marking = beforeFinalDot();
    await marking;
    // The server has said something, or the connection is gone: the dot is not sent.
    if (isOver) throw new Error('The connection is used up.');
    isPastDot = true;
  }

  const { error, answer } = await transmit(settings, workedOn, Readable.from(upToFinalDot(), { objectMode: false }));
  isOver = true;
  // Whoever takes the mark back must find it written.
  await marking;
  if (error === null) return { kind: 'taken', answer: smtpWords(settings, answer, LONGEST_ANSWER) };
  if (refusal !== undefined) return notTaken(settings, refusal);
  return !isPastDot || isAnswerToMessage(error) ? notTaken(settings, error) : { kind: 'unknown' };
}

/** Only the server's own word on the message it had ends the doubt; a 421 is none: it may have had other reasons. */
function isAnswerToMessage({ code, responseCode }: SmtpFailure): boolean {
  return code === 'EMESSAGE' && responseCode !== undefined;
}

function transmit(
  settings: SMTPTransport.Options,
  envelope: WorkedOnEnvelope,
  source: Readable,
): Promise<{ error: SmtpFailure | null; answer: string }> {
  // What a transport of nodemailer's reads of a mail; composing it is not its matter.
  const mail = {
    data: {},
    message: { getEnvelope: () => envelope, messageId: () => '', createReadStream: () => source },
  };
  return new Promise((resolve) => {
    new SMTPTransport(settings).send(mail as unknown as MailMessage<SMTPTransport.SentMessageInfo>, (error, info) => {
      resolve({ error, answer: info?.response ?? '' });
    });
  });
}

/** What no later try mends by itself. */
const BAD_CERTIFICATE = /certificate|self-signed|altnames/i;

/** RFC 5321 §4.2.1: 4yz may pass, 5yz will not. A connection that comes to nothing may pass. */
function notTaken(settings: SMTPTransport.Options, error: SmtpFailure): HandoverVerdict {
  const { responseCode, response, message, recipient } = error;
  const isForbidden = (error as Partial<MailServerError>).forbidden === true;
  const isTemporary =
    !isForbidden && !BAD_CERTIFICATE.test(message) && (responseCode === undefined || responseCode < 500);
  const words = String(response ?? message);
  return {
    kind: 'not_taken',
    isTemporary,
    answer: smtpWords(settings, recipient === undefined ? words : `${recipient}: ${words}`, LONGEST_ANSWER),
  };
}
