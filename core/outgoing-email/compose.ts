import MailComposer from 'nodemailer/lib/mail-composer';
import type { EmailAddress } from '../domain/email-message.ts';
import type { ThreadHeaders } from '../domain/email-reply.ts';
import type { Recipients } from '../domain/recipient.ts';

/** What a person or app wrote, as the vault seals it. */
export interface EmailContent extends Recipients {
  subject: string;
  text: string;
  /** What is answered, below the text; null: nothing. */
  quote: string | null;
  thread: ThreadHeaders | null;
}

/** What makes of it one message, the same each time that it is composed. */
export interface Letterhead {
  from: EmailAddress;
  /** Without angle brackets. */
  messageId: string;
  date: Date;
}

/** The text as the receiver reads it. */
export function wholeText({ text, quote }: Pick<EmailContent, 'text' | 'quote'>): string {
  return quote === null ? text : `${text.trimEnd()}\n\n${quote}\n`;
}

/**
 * The message as it is transmitted and kept (RFC 5322): byte for byte the same for the same input. Nothing is read from
 * files or the network.
 * @param keepBcc for the sender's own copy, which tells whom else it went to
 */
export function composeMessage(
  content: EmailContent,
  { from, messageId, date }: Letterhead,
  { keepBcc }: { keepBcc: boolean },
): Promise<Buffer> {
  const { to, cc, bcc, subject, thread } = content;
  const composer = new MailComposer({
    from,
    to,
    cc,
    bcc,
    subject,
    messageId: `<${messageId}>`,
    date,
    ...(thread && {
      inReplyTo: `<${thread.inReplyTo}>`,
      references: thread.references.map((id) => `<${id}>`),
    }),
    text: wholeText(content),
    // Lines of any length and characters of any script pass through servers of every age.
    textEncoding: 'quoted-printable',
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const message = composer.compile();
  message.keepBcc = keepBcc;
  return new Promise((resolve, reject) => {
    message.build((error, built) => (error === null ? resolve(built) : reject(error)));
  });
}
