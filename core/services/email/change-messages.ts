import type { OrganizationTransaction } from '../../store/database.ts';
import { Prisma } from '../../store/generated/client.ts';
import { refreshThreads } from './thread-figures.ts';

/** A message's flags as the server has them now. */
export interface FlagChange {
  uid: number;
  seen: boolean;
  flags: string[];
}

/** Takes over what people did elsewhere: read, flagged, answered. */
export async function changeFlags(
  transaction: OrganizationTransaction,
  folderId: string,
  changes: readonly FlagChange[],
): Promise<void> {
  const changed = await transaction.send<{ thread_id: string }>(Prisma.sql`
    UPDATE email_message m SET seen = c.seen, flags = c.flags
    FROM jsonb_to_recordset(${JSON.stringify(changes)}::jsonb) AS c(uid bigint, seen boolean, flags text[])
    WHERE m.folder_id = ${folderId}::uuid AND m.uid = c.uid AND (m.seen, m.flags) IS DISTINCT FROM (c.seen, c.flags)
    RETURNING m.thread_id`);
  await refreshThreads(
    transaction,
    changed.map(({ thread_id }) => thread_id),
  );
}

/** Forgets messages that are no longer in a folder: deleted, or moved to another where they are new. */
export async function forgetMessages(
  transaction: OrganizationTransaction,
  folderId: string,
  uids: readonly number[],
): Promise<void> {
  const gone = await transaction.send<{ thread_id: string }>(Prisma.sql`
    DELETE FROM email_message WHERE folder_id = ${folderId}::uuid AND uid = ANY(${uids}::bigint[]) RETURNING thread_id`);
  await refreshThreads(
    transaction,
    gone.map(({ thread_id }) => thread_id),
  );
}
