import { setTimeout as pause } from 'node:timers/promises';
import { removeEmptyThreads } from '../../core/services/email/empty-threads.ts';
import { lockMailbox } from '../../core/services/email/store-messages.ts';
import type { MailboxFolder } from '../../core/store/generated/client.ts';
import { refreshFolders, strayFolders } from './folders.ts';
import { forgetFolder } from './gone-messages.ts';
import type { MailboxRun } from './mailbox-run.ts';
import { hasRetryDue } from './retry-unreadable.ts';
import { findRoom } from './room.ts';
import { syncFolder } from './sync-folder.ts';

/** How long the inbox is listened to before the server is asked for a sign of life. */
const IDLE_MS = 15_000;
/** How often the other folders are looked at. */
const POLL_MS = 60_000;
const MOST_VANISHED = 50_000;
/** What a server says by itself of the folder that is open. */
const TELLING = ['exists', 'expunge', 'flags'] as const;

/**
 * Keeps a mailbox's messages up to date over one connection, until its time is over or the watch is called off.
 * @param onSynced told after each pass that left nothing to do, and now and then while there is
 * @throws whatever the connection fails with
 */
export async function watchOver(
  run: MailboxRun,
  untilMs: number,
  onSynced: (isComplete: boolean) => Promise<void>,
): Promise<void> {
  noteVanished(run);
  noteNews(run);
  let isTidy = false;
  const onPassed = async (isComplete: boolean) => {
    // Only once all is here: while a folder is read anew, threads are empty that will be filled again.
    if (isComplete && !isTidy) await tidyThreads(run);
    isTidy ||= isComplete;
    await onSynced(isComplete);
  };
  while (!isOver(run, untilMs)) {
    const folders = await refreshFolders(run);
    for (const stray of await strayFolders(run, folders)) await dropFolder(run, stray);
    await findRoom(run, folders);
    await syncAll(run, folders, untilMs, onPassed);
    const [inbox] = folders;
    // What came meanwhile is read; from here on the inbox stays open, and the server tells what comes.
    if (inbox !== undefined && !isOver(run, untilMs)) await syncFolder(run, await reread(run, inbox));
    const pollAt = Date.now() + POLL_MS;
    while (Date.now() < pollAt && !isOver(run, untilMs)) {
      if (inbox === undefined) await pause(IDLE_MS, undefined, { signal: run.signal });
      else if (await listen(run, inbox)) {
        await syncFolder(run, await reread(run, inbox));
        await onSynced(true);
      }
    }
  }
}

const isOver = ({ signal }: MailboxRun, untilMs: number) => signal.aborted || Date.now() >= untilMs;

/** Passes over all folders until nothing older is left. */
async function syncAll(
  run: MailboxRun,
  folders: readonly MailboxFolder[],
  untilMs: number,
  onSynced: (isComplete: boolean) => Promise<void>,
): Promise<void> {
  for (let left = [...folders]; left.length > 0 && !isOver(run, untilMs); ) {
    const unfinished: MailboxFolder[] = [];
    for (const folder of left) {
      if (await hasNews(run, folder)) {
        const hasOlder = await syncFolder(run, await reread(run, folder));
        if (hasOlder) unfinished.push(folder);
      }
      if (isOver(run, untilMs)) return;
    }
    left = unfinished;
    await onSynced(left.length === 0);
  }
}

async function tidyThreads({ dependencies, mailbox }: MailboxRun): Promise<void> {
  await dependencies.database.inOrganization(mailbox.organizationId, async (transaction) => {
    await lockMailbox(transaction, mailbox.id);
    await removeEmptyThreads(transaction, mailbox.id);
  });
}

/** Asks without opening the folder. Where the server tells no modification sequence, only opening shows changed flags. */
async function hasNews({ client, dependencies, mailbox }: MailboxRun, folder: MailboxFolder): Promise<boolean> {
  if (folder.uidValidity === null || folder.backfilledFrom > 1n || folder.highestModseq === null) return true;
  if (hasRetryDue(folder)) return true;
  const query = { messages: true, uidNext: true, uidValidity: true, highestModseq: true };
  const status = await client.status(folder.path, query);
  if (status === false) return false;
  const count = await dependencies.database.inOrganization(mailbox.organizationId, (transaction) =>
    transaction.emailMessage.count({ where: { folderId: folder.id } }),
  );
  return (
    status.uidValidity !== folder.uidValidity ||
    status.highestModseq !== folder.highestModseq ||
    status.messages !== count ||
    BigInt(status.uidNext ?? 0) !== folder.lastUid + 1n
  );
}

async function reread({ dependencies, mailbox }: MailboxRun, { id }: MailboxFolder): Promise<MailboxFolder> {
  return dependencies.database.inOrganization(mailbox.organizationId, (transaction) =>
    transaction.mailboxFolder.findUniqueOrThrow({ where: { id } }),
  );
}

async function dropFolder(run: MailboxRun, folder: MailboxFolder): Promise<void> {
  await forgetFolder(run, folder);
  await run.dependencies.database.inOrganization(run.mailbox.organizationId, (transaction) =>
    transaction.mailboxFolder.update({
      where: { id: folder.id },
      data: { uidValidity: null, lastUid: 0, backfilledFrom: 1, highestModseq: null, synced: false },
    }),
  );
}

/**
 * Listens to the inbox (RFC 2177) for a while, then has the server answer: a connection that died is found out.
 * @returns whether the server told something since the inbox was last looked at
 */
async function listen({ client, signal, news }: MailboxRun, { path }: MailboxFolder): Promise<boolean> {
  const lock = await client.getMailboxLock(path, { readOnly: true });
  const over = new AbortController();
  const hear = () => over.abort();
  for (const event of TELLING) client.on(event, hear);
  try {
    if (news.has(path)) return true;
    const idling = client.idle();
    const ended = AbortSignal.any([signal, over.signal]);
    await Promise.race([idling, pause(IDLE_MS, undefined, { signal: ended }).catch(() => {})]);
    await client.noop();
    await idling;
    return news.has(path);
  } finally {
    for (const event of TELLING) client.off(event, hear);
    lock.release();
  }
}

function noteNews({ client, news }: MailboxRun): void {
  for (const event of TELLING) client.on(event, ({ path }: { path: string }) => news.add(path));
}

function noteVanished({ client, vanished }: MailboxRun): void {
  client.on('expunge', ({ path, uid }) => {
    if (uid === undefined) return;
    const gone = vanished.get(path) ?? new Set();
    vanished.set(path, gone);
    // A server that names more is not believed; the folder's list tells as well.
    if (gone.size < MOST_VANISHED) gone.add(uid);
  });
}
