import { watch } from '../../activities/mailbox-sync.ts';
import type { Dependencies } from '../../core/dependencies.ts';
import type { WatchOutcome } from '../../core/domain/mailbox-sync.ts';
import type { Mailbox } from '../../core/store/generated/client.ts';

/** Lets a mailbox be watched until everything that the server has by now is here. */
export async function syncMailboxOnce(dependencies: Dependencies, mailbox: Mailbox): Promise<WatchOutcome> {
  const { organizationId, id: mailboxId } = mailbox;
  const { database } = dependencies;
  const off = new AbortController();
  const begun = new Date();
  const watching = watch(dependencies, { organizationId, mailboxId }, off.signal);
  const looking = setInterval(async () => {
    const row = await database.inOrganization(organizationId, (transaction) =>
      transaction.mailbox.findUniqueOrThrow({ where: { id: mailboxId } }),
    );
    if (row.syncedAt !== null && row.syncedAt > begun) off.abort();
  }, 30);
  try {
    return await watching;
  } finally {
    clearInterval(looking);
  }
}
