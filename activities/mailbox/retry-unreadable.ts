import { DAY_MS, HOUR_MS } from '../../core/domain/times.ts';
import { type ReadMessage, readMessages, unreadableMessage } from '../../core/email/read-messages.ts';
import { replaceMessage } from '../../core/services/email/store-messages.ts';
import type { MailboxFolder } from '../../core/store/generated/client.ts';
import type { MailboxRun } from './mailbox-run.ts';
import { keepTrouble, troubleOf } from './read-past-trouble.ts';

/** What is told as unreadable may have been so because of an outage: it is tried again. */
const RETRY_MS = DAY_MS;
/** Each of them may cost the connection: the next one after such a loss has to wait. */
const RETRY_APART_MS = HOUR_MS;

/** Whether a message of the folder that is told as unreadable is to be tried again. */
export function hasRetryDue(folder: MailboxFolder): boolean {
  return dueUid(folder) !== undefined;
}

/**
 * Tries messages again that are told as unreadable, about once a day each; one that can be read takes the place of what was
 * told. The time is noted first, so that one that breaks the connection does so once a day.
 */
export async function retryUnreadable(run: MailboxRun, folder: MailboxFolder): Promise<void> {
  for (let uid = dueUid(folder); uid !== undefined; uid = dueUid(folder)) {
    run.signal.throwIfAborted();
    const { [uid]: _, ...others } = troubleOf(folder);
    const told = unreadableMessage(folder, uid);
    if (!(await isHere(run, folder, told))) {
      await keepTrouble(run, folder, others);
      continue;
    }
    await keepTrouble(run, folder, { ...others, [uid]: new Date().toISOString() });
    const [message] = await readMessages(run.client, [uid]);
    if (message === undefined) continue;
    const { dependencies, mailbox } = run;
    await replaceMessage(dependencies, { mailbox, folder }, told, message, { trouble: others });
    folder.trouble = others;
  }
}

/** The one whose last try is the longest ago, if that is a day, and none was tried in vain within the last hour. */
function dueUid(folder: MailboxFolder): number | undefined {
  const told = Object.entries(troubleOf(folder)).flatMap(([uid, tried]) =>
    typeof tried === 'string' ? [{ uid: Number(uid), at: Date.parse(tried) }] : [],
  );
  const [first, ...rest] = told.toSorted((a, b) => a.at - b.at);
  if (first === undefined || first.at > Date.now() - RETRY_MS) return undefined;
  return (rest.at(-1) ?? first).at > Date.now() - RETRY_APART_MS ? undefined : first.uid;
}

function isHere(
  { dependencies, mailbox }: MailboxRun,
  { id: folderId }: MailboxFolder,
  { uid, messageId }: ReadMessage,
): Promise<boolean> {
  return dependencies.database.inOrganization(mailbox.organizationId, async (transaction) => {
    return (await transaction.emailMessage.count({ where: { folderId, uid, messageId } })) > 0;
  });
}
