import { createHash } from 'node:crypto';
import { canonicalJson } from '../domain/canonical-json.ts';
import { type AuditEventRow, type AuditRecord, auditRecord, type ChainedEventRow } from './audit-record.ts';

/** What stands before an organization's first event. */
export const GENESIS = '0'.repeat(64);

/** An event in its organization's chain, as it is exported. */
export interface ChainLink {
  /** From 1, without a gap. */
  sequence: number;
  /** The hash of the link before, in hexadecimal. */
  previous: string;
  event: AuditRecord;
  /** SHA-256 of the RFC 8785 JSON of the three members above, in hexadecimal. */
  hash: string;
}

/** Links an event to the one before it. */
export function nextLink(previous: { sequence: number; hash: string }, row: AuditEventRow): ChainLink {
  const content = { sequence: previous.sequence + 1, previous: previous.hash, event: auditRecord(row) };
  return { ...content, hash: createHash('sha256').update(canonicalJson(content)).digest('hex') };
}

/** A link as it is stored, whether or not it is right. */
export function storedLink(previous: string, row: ChainedEventRow): ChainLink {
  return { sequence: row.sequence, previous, event: auditRecord(row), hash: row.hash };
}
