import type { Caller } from '../domain/caller.ts';
import type { OrganizationTransaction } from '../store/database.ts';

/** Somebody from whom mailboxes may be hidden. */
export type MailReader = Pick<Caller, 'person' | 'role'>;

/**
 * The addresses of mailboxes that somebody may not read; from admins none is hidden. Of several with one address the one
 * that lives counts, else the one that was deleted last.
 */
export async function hiddenMailboxes(
  transaction: OrganizationTransaction,
  { person, role }: MailReader,
): Promise<string[]> {
  if (role === 'admin') return [];
  const rows = await transaction.$queryRaw<{ address: string }[]>`
    SELECT address FROM (
      SELECT DISTINCT ON (address) address, permissions -> 'read' AS readers FROM mailbox
      ORDER BY address, deleted_at DESC NULLS FIRST) AS latest
    WHERE jsonb_typeof(readers) = 'array' AND NOT readers @> to_jsonb(${person.id}::text)`;
  return rows.map(({ address }) => address);
}
