import type { Dependencies } from '../../dependencies.ts';
import type { OrganizationTransaction } from '../../store/database.ts';
import type { Mailbox } from '../../store/generated/client.ts';
import { openErrand, selectFolder, tellUnavailable } from './open-folder.ts';
import { refreshThreads } from './thread-figures.ts';

/** Messages of one folder that are to be marked. */
export interface FolderOfMarks {
  path: string;
  uidValidity: bigint | null;
  uids: number[];
  ids: string[];
}

const SEEN = ['\\Seen'];
const AT_ONCE = 500;

/** What of a thread is to be marked, by folder: as read whatever is not, as unread the last that others wrote. */
export async function findMarks(
  transaction: OrganizationTransaction,
  threadId: string,
  read: boolean,
): Promise<FolderOfMarks[]> {
  const messages = await transaction.emailMessage.findMany({
    where: {
      threadId,
      ...(read ? { seen: false } : { OR: [{ folder: { role: null } }, { folder: { role: { not: 'sent' } } }] }),
    },
    select: { id: true, uid: true, folder: { select: { id: true, path: true, uidValidity: true } } },
    orderBy: { receivedAt: 'desc' },
    ...(!read && { take: 1 }),
  });
  return [...Map.groupBy(messages, ({ folder }) => folder.id).values()].map((group) => ({
    path: group[0]?.folder.path ?? '',
    uidValidity: group[0]?.folder.uidValidity ?? null,
    uids: group.map(({ uid }) => Number(uid)),
    ids: group.map(({ id }) => id),
  }));
}

/**
 * Sets or takes `\Seen` at the mail server.
 * @throws PublicError `mail_server_unavailable`
 */
export async function markAtServer(
  { mail }: Pick<Dependencies, 'mail'>,
  mailbox: Mailbox,
  folders: readonly FolderOfMarks[],
  read: boolean,
): Promise<void> {
  if (folders.length === 0) return;
  const client = await openErrand({ mail }, mailbox);
  try {
    for (const folder of folders) {
      await selectFolder(client, folder, { readOnly: false });
      for (let from = 0; from < folder.uids.length; from += AT_ONCE) {
        const range = folder.uids.slice(from, from + AT_ONCE).join(',');
        if (read) await client.messageFlagsAdd(range, SEEN, { uid: true });
        else await client.messageFlagsRemove(range, SEEN, { uid: true });
      }
    }
    await client.logout().catch(() => {});
  } catch (error) {
    tellUnavailable(error);
  } finally {
    client.close();
  }
}

/** The same here. The next sync would do so too, only later. */
export async function markHere(
  transaction: OrganizationTransaction,
  threadId: string,
  folders: readonly FolderOfMarks[],
  read: boolean,
): Promise<void> {
  const ids = folders.flatMap((folder) => folder.ids);
  await transaction.emailMessage.updateMany({ where: { id: { in: ids } }, data: { seen: read } });
  await refreshThreads(transaction, [threadId]);
}
