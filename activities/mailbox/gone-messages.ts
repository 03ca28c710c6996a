import type { MailboxObject } from 'imapflow';
import { forgetMessages } from '../../core/services/email/change-messages.ts';
import type { MailboxFolder } from '../../core/store/generated/client.ts';
import type { MailboxRun } from './mailbox-run.ts';

const BATCH = 1_000;

/** UIDs of a folder's messages that are here, the newest first. */
export async function storedUids(
  { dependencies, mailbox }: Pick<MailboxRun, 'dependencies' | 'mailbox'>,
  folderId: string,
  most?: number,
): Promise<number[]> {
  const rows = await dependencies.database.inOrganization(mailbox.organizationId, (transaction) =>
    transaction.emailMessage.findMany({
      where: { folderId },
      select: { uid: true },
      orderBy: { uid: 'desc' },
      ...(most !== undefined && { take: most }),
    }),
  );
  return rows.map(({ uid }) => Number(uid));
}

/**
 * Forgets what is no longer in the selected folder: what the server itself named, and where the numbers still differ,
 * whatever it does not list. New messages have been read before, so that one number says it all.
 * @returns what it lists and is not here: some servers show a message later than those that came after it
 */
export async function forgetGone(run: MailboxRun, folder: MailboxFolder): Promise<number[]> {
  const { client, vanished } = run;
  const named = [...(vanished.get(folder.path) ?? [])];
  vanished.delete(folder.path);
  await forget(run, folder.id, named);
  const opened = client.mailbox as MailboxObject;
  const count = await run.dependencies.database.inOrganization(run.mailbox.organizationId, (transaction) =>
    transaction.emailMessage.count({ where: { folderId: folder.id } }),
  );
  return count === opened.exists ? [] : forgetUnlisted(run, folder);
}

/** The same by the list of the selected folder alone, whatever the numbers are. */
export async function forgetUnlisted(run: MailboxRun, folder: Pick<MailboxFolder, 'id'>): Promise<number[]> {
  const listed = await run.client.search({ all: true }, { uid: true });
  // No answer, which is not an empty folder.
  if (!listed) return [];
  const there = new Set(listed);
  const stored = await storedUids(run, folder.id);
  await forget(
    run,
    folder.id,
    stored.filter((uid) => !there.has(uid)),
  );
  const here = new Set(stored);
  return listed.filter((uid) => !here.has(uid));
}

/** Forgets all messages of a folder. The next sync of it reads them anew. */
export async function forgetFolder(run: MailboxRun, folder: Pick<MailboxFolder, 'id'>): Promise<void> {
  await forget(run, folder.id, await storedUids(run, folder.id));
}

async function forget(
  { dependencies, mailbox, signal }: MailboxRun,
  folderId: string,
  uids: readonly number[],
): Promise<void> {
  for (let from = 0; from < uids.length; from += BATCH) {
    signal.throwIfAborted();
    await dependencies.database.inOrganization(mailbox.organizationId, (transaction) =>
      forgetMessages(transaction, folderId, uids.slice(from, from + BATCH)),
    );
  }
}
