import { type ReadMessage, readMessages, unreadableMessage } from '../../core/email/read-messages.ts';
import type { MailboxFolder } from '../../core/store/generated/client.ts';
import type { MailboxRun } from './mailbox-run.ts';

/** How often each message could not be read alone; 0: only together with others. */
type Trouble = Record<string, number>;

const MOST_TRIES = 3;

/**
 * Reads messages although one of them may break the connection each time, which some servers do for some messages: what
 * failed together is read one by one, and what failed alone three times is told as unreadable, so that all others come.
 * @throws whatever the reading throws, noted for the next time
 */
export async function readPastTrouble(
  run: MailboxRun,
  folder: MailboxFolder,
  uids: readonly number[],
): Promise<ReadMessage[]> {
  if (!isTroubled(folder, uids)) return reading(run, folder, uids);
  const trouble = folder.trouble as Trouble;
  const messages: ReadMessage[] = [];
  for (const uid of uids) {
    if ((trouble[uid] ?? 0) < MOST_TRIES) messages.push(...(await reading(run, folder, [uid])));
    else {
      run.dependencies.log.warn({ mailboxId: run.mailbox.id, uid }, 'the IMAP server cannot give a message');
      messages.push(unreadableMessage(folder, uid));
    }
  }
  return messages;
}

/** Whether the reading of any of these failed lately. */
export function isTroubled({ trouble }: MailboxFolder, uids: readonly number[]): boolean {
  return uids.some((uid) => uid in ((trouble ?? {}) as Trouble));
}

async function reading(run: MailboxRun, folder: MailboxFolder, uids: readonly number[]): Promise<ReadMessage[]> {
  try {
    return await readMessages(run.client, uids);
  } catch (error) {
    if (!run.signal.aborted) await note(run, folder, uids);
    throw error;
  }
}

async function note(
  { dependencies, mailbox }: MailboxRun,
  folder: MailboxFolder,
  uids: readonly number[],
): Promise<void> {
  const before = (folder.trouble ?? {}) as Trouble;
  const more = uids.length === 1 ? 1 : 0;
  const trouble = { ...before, ...Object.fromEntries(uids.map((uid) => [uid, (before[uid] ?? 0) + more])) };
  await dependencies.database.inOrganization(mailbox.organizationId, (transaction) =>
    transaction.mailboxFolder.update({ where: { id: folder.id }, data: { trouble } }),
  );
}
