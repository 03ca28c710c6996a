import { type AgentKeyRotation, DEFAULT_GRACE_SECONDS } from '../domain/agent-key-rotation.ts';
import type { Operation } from '../store/generated/client.ts';

/** What the workflow of an accepted rotation starts with. */
export function keyRotationOf({ id, organizationId, targetId, input, approval }: Operation): AgentKeyRotation {
  const { key, grace_seconds } = input as { key: string; grace_seconds?: number };
  return {
    organizationId,
    agentId: targetId,
    agentKeyId: key,
    operationId: id,
    graceSeconds: grace_seconds ?? DEFAULT_GRACE_SECONDS,
    needsApproval: approval !== null,
  };
}
