import { v7 as uuid } from 'uuid';
import type { Actor } from '../domain/caller.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Prisma } from '../store/generated/client.ts';

export interface AuditEntry {
  actor: Actor;
  /** An operation's name, or what a person or the system did: `sign_in`, `reveal_agent_key` … */
  action: string;
  /** As an HTTP number. */
  status: number;
  outcome: 'succeeded' | 'refused' | 'failed';
  target?: { kind: string; id: string; name: string } | undefined;
  /** Never a secret: names of fields, and values that are none. */
  arguments?: Record<string, unknown> | undefined;
  requestId: string;
  operationId?: string | undefined;
}

/** Inserts an event in the transaction of what it tells of. */
export async function recordAuditEvent(transaction: OrganizationTransaction, entry: AuditEntry): Promise<void> {
  await transaction.auditEvent.create({
    data: {
      id: uuid(),
      organizationId: transaction.organizationId,
      actorKind: entry.actor.kind,
      actorId: entry.actor.id,
      actorName: entry.actor.name,
      app: entry.actor.app,
      grantId: entry.actor.grantId,
      action: entry.action,
      status: entry.status,
      outcome: entry.outcome,
      targetKind: entry.target?.kind ?? null,
      targetId: entry.target?.id ?? null,
      targetName: entry.target?.name ?? null,
      arguments: (entry.arguments ?? {}) as Prisma.InputJsonObject,
      requestId: entry.requestId,
      operationId: entry.operationId ?? null,
    },
  });
}
