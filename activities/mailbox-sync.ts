import { Context } from '@temporalio/activity';
import type { ImapFlow } from 'imapflow';
import type { Dependencies } from '../core/dependencies.ts';
import { type MailboxSync, MOST_MESSAGES, type WatchOutcome } from '../core/domain/mailbox-sync.ts';
import { storableText } from '../core/email/clean-text.ts';
import { PublicError } from '../core/errors.ts';
import { imapWords } from '../core/outbound/imap.ts';
import { MailServerError } from '../core/outbound/mail-server-error.ts';
import type { Mailbox, Prisma } from '../core/store/generated/client.ts';
import { heartbeating } from './heartbeating.ts';
import { MailboxFull, readRoom } from './mailbox/room.ts';
import { watchOver } from './mailbox/watch-mailbox.ts';

type MailboxSyncDependencies = Pick<Dependencies, 'database' | 'vault' | 'log' | 'mail'>;

/** A connection is made anew after this, so that settings and folders are looked at again. */
const WATCH_MS = 10 * 60_000;

const OUR_FAULT =
  'Its mail could not be taken over, for a reason that is not the mail server’s; it is tried again. If this stays, tell who runs AgentGateway.';

export type MailboxSyncActivities = ReturnType<typeof createMailboxSyncActivities>;

/** What the workflow `syncMailbox` does. Nothing of a mail is in what it answers, or in what it throws. */
export function createMailboxSyncActivities(dependencies: MailboxSyncDependencies) {
  return heartbeating({
    async watchMailbox(sync: MailboxSync): Promise<WatchOutcome> {
      return watch(dependencies, sync, Context.current().cancellationSignal);
    },
  });
}

/** Watches over a mailbox for some minutes. Whatever goes wrong stands in its row, for people. */
export async function watch(
  dependencies: MailboxSyncDependencies,
  { organizationId, mailboxId }: MailboxSync,
  signal: AbortSignal,
  { watchMs = WATCH_MS, mostMessages: most = MOST_MESSAGES } = {},
): Promise<WatchOutcome> {
  const tell = (data: Prisma.MailboxUpdateInput) =>
    dependencies.database.inOrganization(organizationId, (transaction) =>
      transaction.mailbox.update({ where: { id: mailboxId }, data: { ...data, syncSeenAt: new Date() } }),
    );
  const mailbox = await readMailbox(dependencies, { organizationId, mailboxId });
  if (mailbox === null) return { outcome: 'gone' };
  const begun = Date.now();
  let client: ImapFlow | undefined;
  const cut = () => client?.close();
  try {
    await tell(mailbox.syncState === 'waiting' ? { syncState: 'first_sync' } : {});
    client = await dependencies.mail.openImap(mailbox);
    signal.addEventListener('abort', cut);
    const told = { vanished: new Map(), news: new Set<string>(), flagsReadAt: new Map() };
    const run = { dependencies, client, mailbox, signal, most, ...told };
    await watchOver({ ...run, room: await readRoom(run) }, begun + watchMs, async (isComplete) => {
      await tell(isComplete ? { syncState: 'live', syncError: null, syncedAt: new Date() } : { syncError: null });
    });
    await client.logout().catch(() => {});
    return { outcome: 'again' };
  } catch (error) {
    if (signal.aborted) return { outcome: 'again' };
    const failure = readFailure(error, client);
    if (failure === null) {
      // Whatever keeps the row from being written is told by the error itself.
      await tell({ syncState: 'failing', syncError: OUR_FAULT }).catch(() => {});
      throw error;
    }
    await tell({ syncState: 'failing', syncError: storableText(failure.why, 1_000) });
    if (failure.isRefused) return { outcome: 'refused' };
    return { outcome: 'lost', livedSeconds: client === undefined ? 0 : (Date.now() - begun) / 1_000 };
  } finally {
    signal.removeEventListener('abort', cut);
    client?.close();
  }
}

function readMailbox({ database }: MailboxSyncDependencies, { organizationId, mailboxId }: MailboxSync) {
  return database.inOrganization(
    organizationId,
    (transaction): Promise<Mailbox | null> =>
      transaction.mailbox.findFirst({ where: { id: mailboxId, deletedAt: null } }),
  );
}

/** Why the mailbox cannot be watched; null: the fault is ours, and Temporal tries again. */
function readFailure(error: unknown, client: ImapFlow | undefined): { why: string; isRefused: boolean } | null {
  if (error instanceof MailboxFull) return { why: error.message, isRefused: true };
  if (error instanceof MailServerError) {
    return { why: error.message, isRefused: error.step === 'sign_in' || error.forbidden };
  }
  if (error instanceof PublicError) {
    return ['conflict', 'host_not_allowed'].includes(error.code) ? { why: error.message, isRefused: true } : null;
  }
  const { responseStatus } = error as { responseStatus?: unknown };
  if (client !== undefined && (responseStatus === 'NO' || responseStatus === 'BAD')) {
    return { why: `The IMAP server refused a command: "${imapWords(client, error)}"`, isRefused: false };
  }
  return client?.usable === false ? { why: 'The connection to the IMAP server was lost.', isRefused: false } : null;
}
