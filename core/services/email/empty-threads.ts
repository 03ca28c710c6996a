import type { OrganizationTransaction } from '../../store/database.ts';
import { Prisma } from '../../store/generated/client.ts';

/** A message that was moved or deleted may come back: for so long its thread is kept, and with it the thread's ID. */
const KEPT_DAYS = 30;
const AT_ONCE = 500;

/** Removes threads that have long had no message, with those that lead to them. What is yet to be read may still fill one. */
export async function removeEmptyThreads(transaction: OrganizationTransaction, mailboxId: string): Promise<void> {
  await transaction.send(Prisma.sql`
    WITH empty AS (SELECT id FROM email_thread
      WHERE mailbox_id = ${mailboxId}::uuid AND message_count = 0 AND merged_into IS NULL
        AND last_message_at NOT BETWEEN now() - make_interval(days => ${KEPT_DAYS}) AND now() LIMIT ${AT_ONCE})
    DELETE FROM email_thread WHERE id IN (SELECT id FROM empty) OR merged_into IN (SELECT id FROM empty)`);
}

/** Removes threads of a mailbox whose messages are gone, those that lead to others first. @returns how many */
export async function removeThreads(transaction: OrganizationTransaction, mailboxId: string): Promise<number> {
  const removed = await transaction.send(Prisma.sql`
    DELETE FROM email_thread WHERE id IN (SELECT id FROM email_thread WHERE mailbox_id = ${mailboxId}::uuid
      ORDER BY merged_into IS NULL LIMIT ${AT_ONCE}) RETURNING id`);
  return removed.length;
}
