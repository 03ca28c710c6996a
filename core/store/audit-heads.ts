import type pg from 'pg';
import type { SignedHead } from '../audit/head.ts';

/** A row of `audit_head` or `audit_head_export`. */
export interface HeadRow {
  organization_id: string;
  sequence: number;
  hash: string;
  signed_at: Date;
  key_id: string;
  signature: Uint8Array;
}

export const HEAD_COLUMNS =
  "organization_id, sequence::float8 AS sequence, encode(hash, 'hex') AS hash, signed_at, key_id, signature";

export function signedHead(row: HeadRow): SignedHead {
  return {
    organization_id: row.organization_id,
    sequence: row.sequence,
    hash: row.hash,
    signed_at: row.signed_at.toISOString(),
    key_id: row.key_id,
    signature: Buffer.from(row.signature).toString('base64url'),
  };
}

/** Signed heads on their way out of the database. */
export interface AuditHeads {
  /** Heads that were not exported as they are now, by organization. @param after the last one of the page before */
  unexported(after: string): Promise<SignedHead[]>;
  noteExported(heads: readonly SignedHead[]): Promise<void>;
}

const UNEXPORTED = `
  SELECT ${HEAD_COLUMNS} FROM audit_head h
  WHERE organization_id > $1
    AND NOT EXISTS (SELECT FROM audit_head_export e WHERE e.organization_id = h.organization_id AND e.sequence = h.sequence)
  ORDER BY organization_id LIMIT 1000`;

/** Heads as the parameters of an INSERT: a column an array. */
export const HEADS_AS_ROWS = `
  SELECT organization_id, sequence, decode(hash, 'hex'), signed_at, key_id, signature
  FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::timestamptz[], $5::text[], $6::bytea[])
    AS head (organization_id, sequence, hash, signed_at, key_id, signature)`;

export function headParameters(heads: readonly SignedHead[]): unknown[][] {
  return [
    heads.map(({ organization_id }) => organization_id),
    heads.map(({ sequence }) => sequence),
    heads.map(({ hash }) => hash),
    heads.map(({ signed_at }) => signed_at),
    heads.map(({ key_id }) => key_id),
    heads.map(({ signature }) => Buffer.from(signature, 'base64url')),
  ];
}

const NOTE_EXPORTED = `
  INSERT INTO audit_head_export (organization_id, sequence, hash, signed_at, key_id, signature)
  ${HEADS_AS_ROWS} ON CONFLICT DO NOTHING`;

export function createAuditHeads(pool: pg.Pool): AuditHeads {
  return {
    async unexported(after) {
      return (await pool.query<HeadRow>(UNEXPORTED, [after])).rows.map(signedHead);
    },
    async noteExported(heads) {
      await pool.query(NOTE_EXPORTED, headParameters(heads));
    },
  };
}
