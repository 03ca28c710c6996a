import type { Dependencies } from '../../dependencies.ts';
import type { Mailbox } from '../../store/generated/client.ts';
import { openErrand, selectFolder, tellUnavailable } from './open-folder.ts';

/** A server takes its time to look through texts; the caller has not so much. */
const DEADLINE_MS = 15_000;
const MOST_FOLDERS = 10;
const MOST_HITS = 2_000;

/**
 * The threads in whose messages' text the mail server finds a word (RFC 9051 §6.4.4): the newest hits of the ten most
 * important folders.
 * @throws PublicError `mail_server_unavailable`
 */
export async function searchTexts(
  { mail, database }: Pick<Dependencies, 'mail' | 'database'>,
  mailbox: Mailbox,
  q: string,
  since: Date | undefined,
): Promise<string[]> {
  const folders = await database.inOrganization(mailbox.organizationId, (transaction) =>
    transaction.mailboxFolder.findMany({
      where: { mailboxId: mailbox.id, synced: true, uidValidity: { not: null } },
      orderBy: [{ role: { sort: 'asc', nulls: 'last' } }, { path: 'asc' }],
      take: MOST_FOLDERS,
    }),
  );
  // No string of IMAP's has a line break in it.
  const body = q.replaceAll(/\p{Cc}+/gu, ' ');
  const client = await openErrand({ mail }, mailbox);
  const deadline = setTimeout(() => client.close(), DEADLINE_MS);
  const threads = new Set<string>();
  try {
    for (const folder of folders) {
      await selectFolder(client, folder, { readOnly: true });
      const hits = (await client.search({ body, ...(since && { since }) }, { uid: true })) || [];
      const uids = hits.slice(-MOST_HITS).map(BigInt);
      const rows = await database.inOrganization(mailbox.organizationId, (transaction) =>
        transaction.emailMessage.findMany({
          where: { folderId: folder.id, uid: { in: uids } },
          select: { threadId: true },
          distinct: ['threadId'],
        }),
      );
      for (const { threadId } of rows) threads.add(threadId);
    }
    await client.logout().catch(() => {});
  } catch (error) {
    tellUnavailable(error);
  } finally {
    clearTimeout(deadline);
    client.close();
  }
  return [...threads];
}
