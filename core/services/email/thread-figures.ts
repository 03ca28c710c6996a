import type { OrganizationTransaction } from '../../store/database.ts';
import { Prisma } from '../../store/generated/client.ts';

/** Of a thread that has more, only the latest count, so that no thread grows too long to be added up. */
export const MOST_COUNTED = 10_000;

/**
 * Brings what threads tell of themselves up to date with their messages. Copies of a mail in several folders count once:
 * they have Message-ID, sender and time in common.
 */
export async function refreshThreads(transaction: OrganizationTransaction, threadIds: Iterable<string>): Promise<void> {
  const ids = [...new Set(threadIds)];
  if (ids.length === 0) return;
  // In one order, so that two that do this at once wait for one another instead of for ever.
  await transaction.send(Prisma.sql`SELECT id FROM email_thread WHERE id = ANY(${ids}::uuid[]) ORDER BY id FOR UPDATE`);
  const latest = Prisma.sql`(SELECT id, message_id, "from", sent_at, received_at, seen, attachments, subject, in_reply_to,
    reference_ids FROM email_message WHERE thread_id = i.id ORDER BY received_at DESC, id DESC LIMIT ${MOST_COUNTED}) AS m`;
  await transaction.send(Prisma.sql`
    UPDATE email_thread t SET
      message_count = f.messages, unread_count = f.unread, has_attachments = f.attachments,
      -- Servers tell dates to come as well: they keep no thread whose messages are gone.
      last_message_at = coalesce(f.last, least(t.last_message_at, now())), subject = coalesce(f.subject, t.subject), writers = f.writers
    FROM unnest(${ids}::uuid[]) AS i(id), LATERAL (
      SELECT count(DISTINCT (message_id, "from", sent_at)) AS messages,
        count(DISTINCT (message_id, "from", sent_at)) FILTER (WHERE NOT seen) AS unread,
        coalesce(bool_or(attachments <> '[]'), false) AS attachments, max(received_at) AS last,
        -- Where not all are counted, the first is not among them.
        CASE WHEN count(*) < ${MOST_COUNTED} THEN
          (array_agg(subject ORDER BY in_reply_to IS NOT NULL OR reference_ids <> '{}', received_at, id))[1] END AS subject,
        (SELECT coalesce(jsonb_agg(w.writer ORDER BY w.last DESC), '[]') FROM (
          SELECT "from"->0 AS writer, max(received_at) AS last FROM ${latest}
          WHERE "from" <> '[]' GROUP BY 1 ORDER BY 2 DESC LIMIT 5) w) AS writers
      FROM ${latest}) f
    WHERE t.id = i.id`);
}
