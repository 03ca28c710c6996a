import type { MailboxObject } from 'imapflow';
import type { ReadMessage } from '../../core/email/read-messages.ts';
import { changeFlags } from '../../core/services/email/change-messages.ts';
import { type FolderProgress, storeMessages } from '../../core/services/email/store-messages.ts';
import type { MailboxFolder } from '../../core/store/generated/client.ts';
import { forgetFolder, forgetGone, storedUids } from './gone-messages.ts';
import type { MailboxRun } from './mailbox-run.ts';
import { readPastTrouble } from './read-past-trouble.ts';
import { retryUnreadable } from './retry-unreadable.ts';
import { requireRoom } from './room.ts';

/** Messages that are read and stored at once: this much stands in memory. */
const BATCH = 100;
/** Older messages that one pass reads, so that no folder waits for another's hundred thousand. */
const OLDER_PER_PASS = 4_000;
const FLAGS_BATCH = 2_000;
/** Without CONDSTORE: the newest are looked at in every pass, all of them now and then. */
const NEWEST_FLAGS = 500;
const ALL_FLAGS_EVERY_MS = 600_000;

/**
 * Brings one folder up to date: what is new, what changed, some of what is older, what is gone. May be broken off at any
 * moment: each batch is stored together with how far it came.
 * @returns whether older messages are left to read
 */
export async function syncFolder(run: MailboxRun, row: MailboxFolder): Promise<boolean> {
  const { client } = run;
  const { uidValidity, highestModseq } = row;
  const lock = await client.getMailboxLock(row.path, {
    readOnly: true,
    ...(uidValidity !== null && highestModseq !== null && { uidValidity, changedSince: highestModseq }),
  });
  // What is told from now on may come too late for this pass.
  run.news.delete(row.path);
  try {
    const opened = client.mailbox as MailboxObject;
    const folder = await begin(run, row, opened);
    const modseq = opened.noModseq ? null : (opened.highestModseq ?? null);
    await readNew(run, folder);
    await readFlags(run, folder, modseq);
    await readOlder(run, folder);
    if (folder.backfilledFrom <= 1n) {
      for (const batch of chunks(await forgetGone(run, folder), BATCH)) await storeBatch(run, folder, batch, {});
    }
    if (modseq !== folder.highestModseq) await store(run, folder, [], { highestModseq: modseq });
    await retryUnreadable(run, folder);
    return folder.backfilledFrom > 1n;
  } finally {
    lock.release();
  }
}

/** Where a folder is opened for the first time, or its UIDs mean others by now (RFC 9051 §2.3.1.1), all begins anew. */
async function begin(run: MailboxRun, row: MailboxFolder, opened: MailboxObject): Promise<MailboxFolder> {
  if (row.uidValidity === opened.uidValidity) return row;
  if (row.uidValidity !== null) await forgetFolder(run, row);
  run.vanished.delete(row.path);
  const uidNext = BigInt(opened.uidNext || (await newestUid(run)) + 1);
  const folder = { ...row };
  await store(run, folder, [], {
    uidValidity: opened.uidValidity,
    lastUid: uidNext - 1n,
    backfilledFrom: uidNext,
    highestModseq: null,
    trouble: {},
  });
  return folder;
}

async function newestUid({ client }: MailboxRun): Promise<number> {
  const uids = await client.search({ all: true }, { uid: true });
  return (uids || []).reduce((newest, uid) => Math.max(newest, uid), 0);
}

async function searchUids({ client }: MailboxRun, range: string): Promise<number[]> {
  return ((await client.search({ uid: range }, { uid: true })) || []).toSorted((a, b) => a - b);
}

async function readNew(run: MailboxRun, folder: MailboxFolder): Promise<void> {
  // `n:*` also names the last message where n is beyond it.
  const uids = (await searchUids(run, `${folder.lastUid + 1n}:*`)).filter((uid) => uid > folder.lastUid);
  for (const batch of chunks(uids, BATCH)) {
    await storeBatch(run, folder, batch, { lastUid: BigInt(batch.at(-1) ?? 0) });
  }
}

/** The newest of the older ones first: people ask for those. */
async function readOlder(run: MailboxRun, folder: MailboxFolder): Promise<void> {
  if (folder.backfilledFrom <= 1n) return;
  const uids = (await searchUids(run, `1:${folder.backfilledFrom - 1n}`)).filter((uid) => uid < folder.backfilledFrom);
  const now = uids.slice(-OLDER_PER_PASS).reverse();
  for (const batch of chunks(now, BATCH)) {
    await storeBatch(run, folder, batch, { backfilledFrom: BigInt(batch.at(-1) ?? 1) });
  }
  if (now.length === uids.length) await store(run, folder, [], { backfilledFrom: 1n });
}

async function storeBatch(
  run: MailboxRun,
  folder: MailboxFolder,
  uids: readonly number[],
  progress: FolderProgress,
): Promise<void> {
  run.signal.throwIfAborted();
  requireRoom(run);
  const { messages, ...rest } = await readPastTrouble(run, folder, uids);
  await store(run, folder, messages, { ...progress, ...rest });
  run.room -= messages.length;
}

/** Goes on from the progress once it is stored. */
async function store(
  run: MailboxRun,
  folder: MailboxFolder,
  messages: readonly ReadMessage[],
  progress: FolderProgress,
): Promise<void> {
  await storeMessages(run.dependencies, { mailbox: run.mailbox, folder }, messages, progress);
  Object.assign(folder, progress);
}

async function readFlags(run: MailboxRun, folder: MailboxFolder, modseq: bigint | null): Promise<void> {
  if (modseq !== null && folder.highestModseq !== null) {
    if (modseq > folder.highestModseq) await takeFlags(run, folder, '1:*', folder.highestModseq);
    return;
  }
  if (modseq !== null || folder.lastUid === 0n) return;
  const last = run.flagsReadAt.get(folder.id) ?? 0;
  if (Date.now() - last >= ALL_FLAGS_EVERY_MS) {
    await takeFlags(run, folder, '1:*');
    run.flagsReadAt.set(folder.id, Date.now());
  } else {
    const newest = (await storedUids(run, folder.id, NEWEST_FLAGS)).toSorted((a, b) => a - b);
    if (newest[0] !== undefined) await takeFlags(run, folder, `${newest[0]}:*`);
  }
}

/** @param changedSince RFC 7162 §3.1.4.1: only what changed after this */
async function takeFlags(run: MailboxRun, folder: MailboxFolder, range: string, changedSince?: bigint): Promise<void> {
  const { client, dependencies, mailbox } = run;
  let changes: { uid: number; seen: boolean; flags: string[] }[] = [];
  const flush = async () => {
    const batch = changes;
    changes = [];
    if (batch.length === 0) return;
    await dependencies.database.inOrganization(mailbox.organizationId, (transaction) =>
      changeFlags(transaction, folder.id, batch),
    );
  };
  const options = { uid: true, ...(changedSince !== undefined && { changedSince }) };
  for await (const { uid, flags = new Set<string>() } of client.fetch(range, { uid: true, flags: true }, options)) {
    changes.push({ uid, seen: flags.has('\\Seen'), flags: [...flags].filter((flag) => flag !== '\\Seen') });
    if (changes.length >= FLAGS_BATCH) await flush();
  }
  await flush();
}

function* chunks<T>(all: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < all.length; from += size) yield all.slice(from, from + size);
}
