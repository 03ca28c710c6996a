import type { ImapFlow } from 'imapflow';
import { PublicError } from '../core/errors.ts';
import { imapWords } from '../core/outbound/imap.ts';
import { MailServerError } from '../core/outbound/mail-server-error.ts';
import type { MailAccess } from '../core/services/mail-access.ts';
import type { Mailbox } from '../core/store/generated/client.ts';
import { inPlaceOf } from './mail-places.ts';

/** A mailbox's server could not be used just now. The message tells people why; it may quote the server. */
export class MailboxTrouble extends Error {
  override readonly name = 'MailboxTrouble';
  /** The mailbox's settings have to change first. */
  readonly isLasting: boolean;

  constructor(message: string, { isLasting = false, cause }: { isLasting?: boolean; cause?: unknown } = {}) {
    super(message, { cause });
    this.isLasting = isLasting;
  }
}

/**
 * Works on a connection of its own to a mailbox's IMAP server, and closes it.
 * @throws MailboxTrouble for all that another try may mend
 */
export async function withImap<T>(
  mail: MailAccess,
  mailbox: Mailbox,
  work: (client: ImapFlow) => Promise<T>,
): Promise<T> {
  const done = await inPlaceOf(mailbox.organizationId, async () => {
    const client = await mail.openImap(mailbox).catch((error: unknown) => {
      throw asTrouble(error);
    });
    try {
      return { result: await work(client) };
    } catch (error) {
      const why = imapWords(client, error);
      throw new MailboxTrouble(`${mailbox.address}: the IMAP server did not do it (${why}).`, { cause: error });
    } finally {
      client.close();
    }
  });
  if (done !== null) return done.result;
  throw new MailboxTrouble(`${mailbox.address}: much of this organization is being done at mail servers.`);
}

/** @returns the error itself where it is none of the mail server's or the mailbox's settings */
export function asTrouble(error: unknown): unknown {
  if (error instanceof MailServerError) {
    return new MailboxTrouble(error.message, { isLasting: error.forbidden, cause: error });
  }
  const isOfSettings = error instanceof PublicError && error.status < 500;
  return isOfSettings ? new MailboxTrouble(error.message, { isLasting: true, cause: error }) : error;
}
