import type { ImapFlow } from 'imapflow';
import type { Dependencies } from '../../dependencies.ts';
import { PublicError } from '../../errors.ts';
import { MailServerError } from '../../outbound/mail-server-error.ts';
import type { Mailbox } from '../../store/generated/client.ts';

const RETRY_SECONDS = 30;

/** Mail servers take few connections of one user (Gmail: 15), and the sync and what is sent need some. */
const MOST_ERRANDS = 5;
/** Connections that are open now, by mailbox. */
const errands = new Map<string, number>();

/**
 * A connection for one errand of a caller who waits. The caller closes it.
 * @throws PublicError `mail_server_unavailable`; `rate_limited` where callers have many open
 */
export async function openErrand({ mail }: Pick<Dependencies, 'mail'>, mailbox: Mailbox): Promise<ImapFlow> {
  const count = (change: number) => {
    const open = (errands.get(mailbox.id) ?? 0) + change;
    if (open > 0) errands.set(mailbox.id, open);
    else errands.delete(mailbox.id);
  };
  if ((errands.get(mailbox.id) ?? 0) >= MOST_ERRANDS) {
    throw new PublicError('rate_limited', `Many are reading ${mailbox.address} at this moment. Try again shortly.`, {
      retryAfterSeconds: RETRY_SECONDS,
    });
  }
  count(1);
  try {
    const client = await mail.openImap(mailbox);
    if (client.usable) client.once('close', () => count(-1));
    else count(-1);
    return client;
  } catch (error) {
    count(-1);
    return tellUnavailable(error);
  }
}

/**
 * The same with a folder selected.
 * @param folder with the UIDVALIDITY under which its UIDs are known
 * @throws PublicError also `conflict` where the UIDs mean others by now
 */
export async function openFolder(
  { mail }: Pick<Dependencies, 'mail'>,
  mailbox: Mailbox,
  folder: { path: string; uidValidity: bigint | null },
  { readOnly }: { readOnly: boolean },
): Promise<ImapFlow> {
  const client = await openErrand({ mail }, mailbox);
  try {
    await selectFolder(client, folder, { readOnly });
    return client;
  } catch (error) {
    client.close();
    return tellUnavailable(error);
  }
}

/** The same over a connection that is there. */
export async function selectFolder(
  client: ImapFlow,
  folder: { path: string; uidValidity: bigint | null },
  { readOnly }: { readOnly: boolean },
): Promise<void> {
  const opened = await client.mailboxOpen(folder.path, { readOnly });
  if (opened.uidValidity === folder.uidValidity) return;
  throw new PublicError('conflict', 'The folder was made anew at the mail server. Try again once it is synced.', {
    retryAfterSeconds: RETRY_SECONDS,
  });
}

/**
 * What the server wrote stays out of it: a refusal is no place where words of others are marked as such.
 * @throws PublicError
 */
export function tellUnavailable(error: unknown): never {
  if (error instanceof PublicError) throw error;
  const why = error instanceof MailServerError ? ` ${error.what}.` : '';
  throw new PublicError(
    'mail_server_unavailable',
    `The mail server does not answer as it should.${why} Try again shortly; an admin sees why by test_mailbox.`,
    {
      retryAfterSeconds: RETRY_SECONDS,
      cause: error,
    },
  );
}
