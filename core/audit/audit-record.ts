/** A row of `audit_event` as it is read, without its place in the chain. */
export interface AuditEventRow {
  id: string;
  organization_id: string;
  time: Date;
  actor_kind: string;
  actor_id: string;
  actor_name: string;
  app: string | null;
  grant_id: string | null;
  action: string;
  status: number;
  outcome: 'succeeded' | 'refused' | 'failed';
  target_kind: string | null;
  target_id: string | null;
  target_name: string | null;
  touched: string[];
  arguments: Record<string, unknown>;
  request_id: string;
  operation_id: string | null;
  workflow_id: string | null;
}

/** A row with its place in the chain. */
export interface ChainedEventRow extends AuditEventRow {
  sequence: number;
  /** In hexadecimal. */
  hash: string;
}

export const AUDIT_EVENT_COLUMNS =
  'id, organization_id, time, actor_kind, actor_id, actor_name, app, grant_id, action, status, outcome, target_kind, target_id, target_name, touched, arguments, request_id, operation_id, workflow_id';

/** A sequence as a double counts exactly to 2^53. */
export const CHAINED_EVENT_COLUMNS = `${AUDIT_EVENT_COLUMNS}, sequence::float8 AS sequence, encode(hash, 'hex') AS hash`;

export type AuditRecord = ReturnType<typeof auditRecord>;

/** An event as it is hashed and exported: every column, so that no change of a row leaves it the same. */
export function auditRecord(row: AuditEventRow) {
  const target = { kind: row.target_kind, id: row.target_id, name: row.target_name };
  return {
    id: row.id,
    organization_id: row.organization_id,
    time: row.time.toISOString(),
    actor: { kind: row.actor_kind, id: row.actor_id, name: row.actor_name, app: row.app, grant_id: row.grant_id },
    action: row.action,
    status: row.status,
    outcome: row.outcome,
    target: Object.values(target).every((member) => member === null) ? null : target,
    touched: row.touched,
    arguments: row.arguments,
    request_id: row.request_id,
    operation_id: row.operation_id,
    workflow_id: row.workflow_id,
  };
}
