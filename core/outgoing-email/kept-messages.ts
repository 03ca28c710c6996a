import type { ImapFlow } from 'imapflow';

/** A folder that every mailbox has, by its special use (RFC 6154). */
export type KeptFolder = 'Drafts' | 'Sent' | 'Trash';

/** The folder's path; made where the mailbox has none. */
export async function folderPath(client: ImapFlow, folder: KeptFolder): Promise<string> {
  const listed = await client.list();
  const found = listed.find(({ specialUse }) => specialUse === `\\${folder}`);
  return found?.path ?? (await client.mailboxCreate(folder)).path;
}

/** Works in one folder, which nothing else of this connection selects meanwhile. */
export async function inFolder<T>(client: ImapFlow, path: string, work: () => Promise<T>): Promise<T> {
  const lock = await client.getMailboxLock(path);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

/** The messages of the selected folder with this Message-ID, the oldest first. */
export async function uidsOf(client: ImapFlow, messageId: string): Promise<number[]> {
  const uids = await client.search({ header: { 'message-id': `<${messageId}>` } }, { uid: true });
  return (uids || []).toSorted((one, other) => one - other);
}

export interface Kept {
  messageId: string;
  message: Buffer;
  flags: string[];
  date: Date;
}

/**
 * Sees to it that the folder has exactly one message with this Message-ID. Whoever tried before and did not hear the
 * server's word may have put it there already; what two put there at the same time is one again afterwards.
 * @returns whether it was there before
 */
export async function keepOne(
  client: ImapFlow,
  path: string,
  { messageId, message, flags, date }: Kept,
): Promise<boolean> {
  return inFolder(client, path, async () => {
    const before = await uidsOf(client, messageId);
    if (before.length === 0) await client.append(path, message, flags, date);
    // What another connection appended shows itself to this one with the server's next word.
    await client.noop();
    const [, ...doubles] = await uidsOf(client, messageId);
    if (doubles.length > 0) await client.messageDelete(doubles.join(','), { uid: true });
    return before.length > 0;
  });
}

/** Takes messages out of a folder: into another one, or for good. */
export async function removeAll(
  client: ImapFlow,
  path: string,
  messageIds: readonly string[],
  { into }: { into: string | null },
): Promise<void> {
  await inFolder(client, path, async () => {
    for (const messageId of messageIds) {
      const uids = await uidsOf(client, messageId);
      if (uids.length === 0) continue;
      if (into === null) await client.messageDelete(uids.join(','), { uid: true });
      else await client.messageMove(uids.join(','), into, { uid: true });
    }
  });
}
