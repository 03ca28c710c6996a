import { NIL } from 'uuid';
import { CHAINED_EVENT_COLUMNS, type ChainedEventRow } from '../audit/audit-record.ts';
import { type ChainLink, GENESIS, storedLink } from '../audit/chain.ts';
import { type ChainReport, checkChain } from '../audit/check-chain.ts';
import type { HeadSigner, SignedHead } from '../audit/head.ts';
import { HEAD_COLUMNS, type HeadRow, signedHead } from '../store/audit-heads.ts';
import type { Database, OrganizationTransaction } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';

/** Rows that one transaction reads: other requests of the process go on between two. */
const PAGE = 500;

/** The end of the organization's chain; null before its first event was chained. */
export async function currentHead(transaction: OrganizationTransaction): Promise<SignedHead | null> {
  const [row] = await transaction.$queryRaw<HeadRow[]>`SELECT ${Prisma.raw(HEAD_COLUMNS)} FROM audit_head`;
  return row === undefined ? null : signedHead(row);
}

async function exportedHeads(transaction: OrganizationTransaction): Promise<SignedHead[]> {
  const rows = await transaction.$queryRaw<HeadRow[]>`
    SELECT ${Prisma.raw(HEAD_COLUMNS)} FROM audit_head_export ORDER BY audit_head_export.sequence`;
  return rows.map(signedHead);
}

export interface ChainPart {
  organizationId: string;
  from: number;
  to: number;
  signal: AbortSignal;
}

/** Chained events in their order, a page at a time, however many there are. */
async function* chainedEvents(
  { inOrganization }: Pick<Database, 'inOrganization'>,
  { organizationId, from, to, signal }: ChainPart,
): AsyncGenerator<ChainedEventRow> {
  let last: Pick<ChainedEventRow, 'sequence' | 'id'> = { sequence: from, id: NIL };
  for (let rows: ChainedEventRow[] | undefined; rows === undefined || rows.length === PAGE; ) {
    signal.throwIfAborted();
    const { sequence, id } = last;
    rows = await inOrganization(
      organizationId,
      (transaction) => transaction.$queryRaw<ChainedEventRow[]>`
        SELECT ${Prisma.raw(CHAINED_EVENT_COLUMNS)} FROM audit_event
        WHERE organization_id = app_organization() AND audit_event.sequence <= ${to}
          AND (audit_event.sequence, id) > (${sequence}, ${id}::uuid)
        ORDER BY audit_event.sequence, id LIMIT ${PAGE}`,
    );
    yield* rows;
    last = rows.at(-1) ?? last;
  }
}

/** The links of a chain as they are stored, for whoever checks them elsewhere. */
export async function* chainLinks(
  database: Pick<Database, 'inOrganization'>,
  part: ChainPart,
): AsyncGenerator<ChainLink> {
  let previous = GENESIS;
  for await (const row of chainedEvents(database, { ...part, from: Math.max(1, part.from - 1) })) {
    if (row.sequence >= part.from) yield storedLink(previous, row);
    previous = row.hash;
  }
}

export interface ChainVerification extends ChainReport {
  head: SignedHead | null;
  /** Events without a place for over a minute: the workers do not run, or do not chain. */
  waiting: number;
}

/**
 * Recomputes an organization's chain and holds it against every head there is.
 * @param keptHeads heads that were kept outside the database; those of other organizations are left out
 */
export async function verifyChain(
  database: Pick<Database, 'inOrganization'>,
  signer: Pick<HeadSigner, 'verify'>,
  { organizationId, keptHeads, signal }: { organizationId: string; keptHeads: SignedHead[]; signal: AbortSignal },
): Promise<ChainVerification> {
  const known = await database.inOrganization(organizationId, async (transaction) => {
    // First the exported ones: the chain grows meanwhile.
    const exported = await exportedHeads(transaction);
    const head = await currentHead(transaction);
    const [counts] = await transaction.$queryRaw<{ unsigned: number; waiting: number }[]>`
      SELECT (SELECT count(*)::int FROM audit_event WHERE organization_id = app_organization()
          AND sequence > coalesce((SELECT h.sequence FROM audit_head h), 0)) AS unsigned,
        (SELECT count(*)::int FROM audit_event WHERE organization_id = app_organization()
          AND sequence IS NULL AND time < now() - interval '1 minute') AS waiting`;
    return { exported, head, unsignedEvents: counts?.unsigned ?? 0, waiting: counts?.waiting ?? 0 };
  });
  const { exported, head, unsignedEvents, waiting } = known;
  const kept = keptHeads.filter(({ organization_id }) => organization_id === organizationId);
  const report = await checkChain({
    rows: chainedEvents(database, { organizationId, from: 1, to: head?.sequence ?? 0, signal }),
    heads: [...exported, ...(head === null ? [] : [head]), ...kept],
    unsignedEvents,
    verifyHead: signer.verify,
  });
  return { ...report, head, waiting };
}
