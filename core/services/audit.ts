import { v7 as uuid } from 'uuid';
import { type Actor, SYSTEM } from '../domain/caller.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';

export interface AuditEntry {
  actor: Actor;
  /** An operation's name, or what a person or the system did: `sign_in`, `reveal_agent_key` … */
  action: string;
  /** As an HTTP number. */
  status: number;
  outcome: 'succeeded' | 'refused' | 'failed';
  target?: { kind: string; id: string; name: string } | undefined;
  /** IDs of what else it changed or made. */
  touched?: string[] | undefined;
  /** Never a secret: names of fields, and values that are none. */
  arguments?: Record<string, unknown> | undefined;
  requestId: string;
  operationId?: string | undefined;
}

/** Inserts an event in the transaction of what it tells of. The chainer gives it its place in the chain afterwards. */
export async function recordAuditEvent(transaction: OrganizationTransaction, entry: AuditEntry): Promise<void> {
  const { actor, target, operationId = null } = entry;
  await transaction.send(Prisma.sql`
    INSERT INTO audit_event (id, organization_id, actor_kind, actor_id, actor_name, app, grant_id, action, status, outcome,
      target_kind, target_id, target_name, touched, arguments, request_id, operation_id, workflow_id)
    VALUES (${uuid()}::uuid, ${transaction.organizationId}::uuid, ${actor.kind}, ${actor.id}, ${actor.name}, ${actor.app},
      ${actor.grantId}, ${entry.action}, ${entry.status}, ${entry.outcome}, ${target?.kind ?? null}, ${target?.id ?? null},
      ${target?.name ?? null}, ${entry.touched ?? []}, ${JSON.stringify(entry.arguments ?? {})}::jsonb, ${entry.requestId},
      ${operationId}::uuid, (SELECT workflow_id FROM operation WHERE id = ${operationId}::uuid))`);
}

/** What the system did by itself: what it worked on stands for the request. */
export function recordSystemEvent(
  transaction: OrganizationTransaction,
  event: Pick<AuditEntry, 'action' | 'arguments'> & { target: NonNullable<AuditEntry['target']> },
): Promise<void> {
  return recordAuditEvent(transaction, {
    ...event,
    actor: SYSTEM,
    status: 200,
    outcome: 'succeeded',
    requestId: event.target.id,
  });
}
