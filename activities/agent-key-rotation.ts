import { type AgentKeyRotation, graceVerdict, REVEAL_LIMIT_SECONDS } from '../core/domain/agent-key-rotation.ts';
import { SYSTEM } from '../core/domain/caller.ts';
import { isFinal, type OperationStatus } from '../core/domain/long-running.ts';
import { type Attempt, type End, type Reversal, reversalOf } from '../core/domain/rotation-workflow.ts';
import { recordAuditEvent } from '../core/services/audit.ts';
import {
  beginRollBack,
  beginStep,
  settleRollBack,
  succeedOperation,
  waitInOperation,
} from '../core/services/long-running.ts';
import { createRotatedAgentKey } from '../core/services/rotated-agent-keys.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { AgentKey, Operation } from '../core/store/generated/client.ts';
import { heartbeating } from './heartbeating.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';

/** A lost word is made up for by a look at the rows at least this often. */
const LONGEST_LOOK_SECONDS = 900;

export type AgentKeyRotationActivities = ReturnType<typeof createAgentKeyRotationActivities>;

interface Rows {
  operation: Operation;
  oldKey: AgentKey;
  /** null before it is made. */
  newKey: AgentKey | null;
  /** The agent is. */
  isDeleted: boolean;
  /** Not wanted any more: a person ended it, or it has ended. */
  isStopped: boolean;
}

/** What the workflow `rotateAgentKey` does in the database; each looks first at what is there already. */
export function createAgentKeyRotationActivities(dependencies: RotationDependencies) {
  const { database, vault, now } = dependencies;
  const within = <T>(
    rotation: AgentKeyRotation,
    work: (transaction: OrganizationTransaction, rows: Rows) => Promise<T>,
  ) =>
    database.inOrganization(rotation.organizationId, async (transaction) =>
      work(transaction, await lockRows(transaction, rotation)),
    );

  return heartbeating({
    /** The new key, sealed until its one reveal. */
    async createRotatedKey(rotation: AgentKeyRotation): Promise<Attempt> {
      await vault.prepare(rotation.organizationId);
      const linkKey = await dependencies.instanceKeys.key('reveal-links');
      return within(rotation, async (transaction, rows): Promise<Attempt> => {
        const { oldKey, newKey, operation } = rows;
        if (rows.isStopped || rows.isDeleted) return { outcome: 'stop' };
        if (oldKey.revokedAt !== null) return { outcome: 'refused', why: 'The key was revoked meanwhile.' };
        if (newKey !== null) return { outcome: 'done' };
        await beginStep(transaction, operation.id, 'create_key');
        const personId = operation.requestedPersonId ?? oldKey.createdBy;
        await createRotatedAgentKey(transaction, { vault, linkKey }, { oldKey, personId, operationId: operation.id });
        return { outcome: 'done' };
      });
    },

    /** Waits for the person; a key that nobody reveals in time goes back. */
    lookAtReveal: (rotation: AgentKeyRotation): Promise<Attempt> =>
      within(rotation, async (transaction, { newKey, operation, isStopped, isDeleted }): Promise<Attempt> => {
        if (newKey?.revealedAt != null && newKey.revokedAt === null) return { outcome: 'done' };
        if (isStopped || isDeleted) return { outcome: 'stop' };
        const endsAt = (newKey?.createdAt.getTime() ?? 0) + REVEAL_LIMIT_SECONDS * 1_000;
        if (newKey === null || newKey.revokedAt !== null || now() >= endsAt) {
          return {
            outcome: 'refused',
            why: 'Nobody revealed the new key in time, so it was destroyed. The old one stays.',
          };
        }
        if (operation.step !== 'reveal') await beginStep(transaction, operation.id, 'reveal');
        await waitInOperation(transaction, operation.id, {
          waitingFor: 'reveal',
          until: new Date(endsAt),
          detail: null,
        });
        return { outcome: 'later', retryAfterSeconds: Math.max(1, (endsAt - now()) / 1_000) };
      }),

    /** Both keys are valid, from the reveal on. */
    lookAtGrace: (rotation: AgentKeyRotation): Promise<Attempt> =>
      within(rotation, async (transaction, rows): Promise<Attempt> => {
        const { oldKey, operation } = rows;
        const successor = successorOf(rows);
        if ('outcome' in successor) return successor;
        const { newKey } = successor;
        if (operation.step !== 'grace') await beginStep(transaction, operation.id, 'grace');
        const revealedAt = successor.revealedAt.getTime();
        const uses = await transaction.lastUse.findMany({ where: { subjectId: { in: [newKey.id, oldKey.id] } } });
        const usedAt = (id: string) => uses.find(({ subjectId }) => subjectId === id)?.lastUsedAt.toISOString() ?? null;
        const use = { newUsedAt: usedAt(newKey.id), oldUsedAt: usedAt(oldKey.id) };
        const verdict = graceVerdict(use, { revealedAt, graceSeconds: rotation.graceSeconds, now: now() });
        if (verdict.verdict === 'retire' || oldKey.revokedAt !== null) return { outcome: 'done' };
        await waitInOperation(transaction, operation.id, {
          waitingFor: null,
          until: new Date(verdict.until),
          detail: use.newUsedAt === null ? 'The new key has not been used yet.' : 'The new key is in use.',
        });
        const seconds = (verdict.until - now()) / 1_000;
        const longest = Math.max(LONGEST_LOOK_SECONDS, rotation.graceSeconds / 200);
        return { outcome: 'later', retryAfterSeconds: Math.max(1, Math.min(longest, seconds)) };
      }),

    /** What happened since the last look counts: the old key goes only where the new one can take its place. */
    retireOldKey: (rotation: AgentKeyRotation): Promise<void> =>
      within(rotation, async (transaction, rows) => {
        const { oldKey, operation } = rows;
        if (isFinal(operation.status as OperationStatus)) return;
        const successor = successorOf(rows);
        if ('outcome' in successor) return undo(transaction, rows, reversalOf(successor), new Date(now()));
        const { newKey } = successor;
        await beginStep(transaction, operation.id, 'retire');
        await revoke(transaction, oldKey, new Date(now()));
        await succeedOperation(transaction, operation.id, {
          agent: operation.targetName,
          new_key: { id: newKey.id, fingerprint: newKey.fingerprint },
          retired_key: { id: oldKey.id, fingerprint: oldKey.fingerprint },
        });
        await audit(transaction, operation, 'retire_agent_key');
      }),

    undoKeyRotation: ({ cause, why, ...rotation }: AgentKeyRotation & Reversal): Promise<void> =>
      within(rotation, (transaction, rows) => undo(transaction, rows, { cause, why }, new Date(now()))),
  });
}

/** The new key, while it can take the old one's place; else how the rotation ends. */
function successorOf({ newKey, isStopped, isDeleted }: Rows): { newKey: AgentKey; revealedAt: Date } | End {
  if (isStopped) return { outcome: 'stop' };
  if (isDeleted) {
    return { outcome: 'refused', why: 'The agent was deleted meanwhile. If it is restored, both keys work again.' };
  }
  if (newKey?.revealedAt == null || newKey.revokedAt !== null) {
    return { outcome: 'refused', why: 'The new key was revoked. The old one stays.' };
  }
  return { newKey, revealedAt: newKey.revealedAt };
}

/**
 * The new key is destroyed, the old one stays valid. Invariant 8: unless a person wants it so, the new one stays too once
 * somebody holds it.
 */
async function undo(
  transaction: OrganizationTransaction,
  { newKey, operation }: Rows,
  { cause, why }: Reversal,
  now: Date,
): Promise<void> {
  const isHeld = newKey !== null && newKey.revealedAt !== null;
  if (newKey !== null && !(isHeld && cause === 'failed')) await revoke(transaction, newKey, now);
  await beginRollBack(transaction, operation.id, why);
  const status = cause === 'cancelled' ? 'cancelled' : newKey === null ? 'failed' : 'rolled_back';
  const error = { code: cause === 'cancelled' ? 'cancelled' : 'key_not_rotated', detail: why };
  if (await settleRollBack(transaction, operation.id, { status, error })) {
    await audit(transaction, operation, 'roll_back_agent_key');
  }
}

async function lockRows(transaction: OrganizationTransaction, rotation: AgentKeyRotation): Promise<Rows> {
  const { operationId, agentKeyId, agentId } = rotation;
  await transaction.$queryRaw`SELECT id FROM operation WHERE id = ${operationId}::uuid FOR UPDATE`;
  await transaction.$queryRaw`SELECT id FROM agent_key WHERE id = ${agentKeyId}::uuid OR operation_id = ${operationId}::uuid FOR UPDATE`;
  const operation = await transaction.operation.findUniqueOrThrow({ where: { id: operationId } });
  const agent = await transaction.agent.findUnique({ where: { id: agentId }, select: { deletedAt: true } });
  return {
    operation,
    oldKey: await transaction.agentKey.findUniqueOrThrow({ where: { id: agentKeyId } }),
    newKey: await transaction.agentKey.findFirst({ where: { operationId } }),
    isDeleted: agent?.deletedAt !== null,
    isStopped: operation.cancelRequest !== null || isFinal(operation.status as OperationStatus),
  };
}

/** The key opens nothing any more; a sealed value goes with it. */
async function revoke(transaction: OrganizationTransaction, agentKey: AgentKey, now: Date): Promise<void> {
  await transaction.agentKey.update({
    where: { id: agentKey.id },
    data: { sealed: null, wrappedKey: null, wrapKeyId: null, revokedAt: agentKey.revokedAt ?? now },
  });
  await transaction.oneTimeLink.updateMany({
    where: { agentKeyId: agentKey.id, usedAt: null, endedAt: null },
    data: { endedAt: now },
  });
}

function audit(transaction: OrganizationTransaction, operation: Operation, action: string): Promise<void> {
  return recordAuditEvent(transaction, {
    actor: SYSTEM,
    action,
    status: 200,
    outcome: 'succeeded',
    target: { kind: 'agent', id: operation.targetId, name: operation.targetName },
    requestId: operation.id,
    operationId: operation.id,
  });
}
