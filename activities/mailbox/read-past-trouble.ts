import { type ReadMessage, readMessages, unreadableMessage } from '../../core/email/read-messages.ts';
import type { MailboxFolder } from '../../core/store/generated/client.ts';
import type { MailboxRun } from './mailbox-run.ts';

/**
 * How often each message could not be read alone, 0: only together with others; or, of one that is told as unreadable,
 * when it was last tried.
 */
export type Trouble = Record<string, number | string>;

const MOST_TRIES = 3;

/**
 * Reads messages although one of them may break the connection each time, which some servers do for some messages: what
 * failed together is read one by one, and what failed alone three times is told as unreadable, so that all others come.
 * @returns with what is to be kept of the folder's trouble once they are stored
 * @throws whatever the reading throws, noted for the next time
 */
export async function readPastTrouble(
  run: MailboxRun,
  folder: MailboxFolder,
  uids: readonly number[],
): Promise<{ messages: ReadMessage[]; trouble?: Trouble }> {
  const before = troubleOf(folder);
  if (!uids.some((uid) => uid in before)) return { messages: await reading(run, folder, uids) };
  const messages: ReadMessage[] = [];
  const trouble = Object.fromEntries(Object.entries(before).filter(([, tried]) => typeof tried === 'string'));
  for (const uid of uids) {
    const tries = before[uid] ?? 0;
    if (typeof tries === 'number' && tries < MOST_TRIES) messages.push(...(await reading(run, folder, [uid])));
    else {
      run.dependencies.log.warn({ mailboxId: run.mailbox.id, uid }, 'the IMAP server cannot give a message');
      messages.push(unreadableMessage(folder, uid));
      trouble[uid] ??= new Date().toISOString();
    }
  }
  return { messages, trouble };
}

async function reading(run: MailboxRun, folder: MailboxFolder, uids: readonly number[]): Promise<ReadMessage[]> {
  try {
    return await readMessages(run.client, uids);
  } catch (error) {
    if (!run.signal.aborted) await note(run, folder, uids);
    throw error;
  }
}

async function note(run: MailboxRun, folder: MailboxFolder, uids: readonly number[]): Promise<void> {
  const before = troubleOf(folder);
  const more = uids.length === 1 ? 1 : 0;
  const tries = uids.map((uid) => [uid, ((before[uid] as number | undefined) ?? 0) + more]);
  await keepTrouble(run, folder, { ...before, ...Object.fromEntries(tries) });
}

export async function keepTrouble(
  { dependencies, mailbox }: MailboxRun,
  folder: MailboxFolder,
  trouble: Trouble,
): Promise<void> {
  await dependencies.database.inOrganization(mailbox.organizationId, (transaction) =>
    transaction.mailboxFolder.update({ where: { id: folder.id }, data: { trouble } }),
  );
  folder.trouble = trouble;
}

export function troubleOf({ trouble }: MailboxFolder): Trouble {
  return (trouble ?? {}) as Trouble;
}
