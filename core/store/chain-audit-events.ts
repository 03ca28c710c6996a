import type pg from 'pg';
import { AUDIT_EVENT_COLUMNS, type AuditEventRow } from '../audit/audit-record.ts';
import { type ChainLink, GENESIS, nextLink } from '../audit/chain.ts';
import type { HeadSigner, SignedHead } from '../audit/head.ts';
import { HEAD_COLUMNS, HEADS_AS_ROWS, type HeadRow, headParameters, signedHead } from './audit-heads.ts';
import { inTransaction } from './pool-transaction.ts';

export interface ChainingOutcome {
  /** Events that got their place. */
  chained: number;
  /** More may wait. */
  more: boolean;
  /** Organizations whose chain is broken, with what is wrong: nothing is built on it until a person looked. */
  broken: Map<string, string>;
}

/** One transaction's work. */
const BATCH = 2_000;

// Whatever committed since the last time, in whatever order: what is visible and has no place gets the next one.
const WAITING = `
  SELECT ${AUDIT_EVENT_COLUMNS} FROM audit_event
  WHERE sequence IS NULL AND organization_id <> ALL($1::uuid[]) ORDER BY id LIMIT ${BATCH}`;

const ENDS = `
  SELECT ${HEAD_COLUMNS}, chained.id, coalesce(
      (SELECT max(e.sequence) FROM audit_event e WHERE e.organization_id = chained.id), 0)::float8 AS last_sequence
  FROM unnest($1::uuid[]) AS chained (id) LEFT JOIN audit_head ON organization_id = chained.id`;

const PLACE = `
  UPDATE audit_event SET sequence = link.sequence, hash = decode(link.hash, 'hex')
  FROM unnest($1::uuid[], $2::bigint[], $3::text[]) AS link (id, sequence, hash)
  WHERE audit_event.id = link.id AND audit_event.sequence IS NULL`;

const KEEP_HEADS = `
  INSERT INTO audit_head (organization_id, sequence, hash, signed_at, key_id, signature)
  ${HEADS_AS_ROWS}
  ON CONFLICT (organization_id) DO UPDATE SET sequence = excluded.sequence, hash = excluded.hash,
    signed_at = excluded.signed_at, key_id = excluded.key_id, signature = excluded.signature`;

type EndRow = (HeadRow | { organization_id: null }) & { id: string; last_sequence: number };

/**
 * Gives waiting events their places, at most a batch, and signs the new heads. One transaction under a lock of the whole
 * installation: a chainer that dies leaves nothing half done, and of two the second finds nothing to do.
 * @param broken organizations to leave out
 */
export function chainAuditEvents(
  pool: pg.Pool,
  signer: HeadSigner,
  broken: Iterable<string> = [],
): Promise<ChainingOutcome> {
  return inTransaction(pool, (client) => chainBatch(client, signer, [...broken]));
}

async function chainBatch(client: pg.PoolClient, signer: HeadSigner, leftOut: string[]): Promise<ChainingOutcome> {
  const nothing = { chained: 0, more: false, broken: new Map<string, string>() };
  const { rows: locks } = await client.query("SELECT pg_try_advisory_xact_lock(hashtext('audit_chainer')) AS taken");
  if (!locks[0].taken) return nothing;
  const { rows: waiting } = await client.query<AuditEventRow>(WAITING, [leftOut]);
  if (waiting.length === 0) return nothing;

  const byOrganization = Map.groupBy(waiting, ({ organization_id }) => organization_id);
  const { rows: ends } = await client.query<EndRow>(ENDS, [[...byOrganization.keys()]]);
  const broken = new Map<string, string>();
  const links: ChainLink[] = [];
  const heads: SignedHead[] = [];
  for (const end of ends) {
    const start = startOf(end, signer);
    if (typeof start === 'string') {
      broken.set(end.id, start);
      continue;
    }
    let last = start;
    for (const row of byOrganization.get(end.id) ?? []) {
      const link = nextLink(last, row);
      links.push(link);
      last = link;
    }
    const { sequence, hash } = last;
    heads.push(signer.sign({ organization_id: end.id, sequence, hash, signed_at: new Date().toISOString() }));
  }
  await placeLinks(client, links);
  await client.query(KEEP_HEADS, headParameters(heads));
  return { chained: links.length, more: waiting.length === BATCH, broken };
}

/** Where a chain goes on; or what keeps it from it: signing on top of a forged history would hide the forgery. */
function startOf(end: EndRow, signer: HeadSigner): { sequence: number; hash: string } | string {
  const { last_sequence: last } = end;
  if (end.organization_id === null) {
    return last === 0 ? { sequence: 0, hash: GENESIS } : `it has ${last} chained events and no signed head`;
  }
  const head = signedHead(end);
  if (!signer.verify(head)) return 'its head was not signed by this installation';
  return head.sequence === last ? head : `its signed head tells of ${head.sequence} events, its last one is ${last}`;
}

async function placeLinks(client: pg.PoolClient, links: ChainLink[]): Promise<void> {
  const { rowCount } = await client.query(PLACE, [
    links.map(({ event }) => event.id),
    links.map(({ sequence }) => sequence),
    links.map(({ hash }) => hash),
  ]);
  if (rowCount !== links.length) throw new Error(`${links.length} events were to be chained, ${rowCount} were there.`);
}
