/** What the rotation of an agent key starts with: IDs and numbers, never content. */
export interface AgentKeyRotation {
  organizationId: string;
  agentId: string;
  /** The key that retires. */
  agentKeyId: string;
  operationId: string;
  /** How long both keys are valid, from the reveal on. */
  graceSeconds: number;
  /** A person must approve it first. */
  needsApproval: boolean;
}

export function agentKeyRotationWorkflowId(rotation: Pick<AgentKeyRotation, 'agentId' | 'operationId'>): string {
  return `agent-key-rotation/${rotation.agentId}/${rotation.operationId}`;
}

/** The steps that `get_operation` shows. */
export const AGENT_KEY_ROTATION_STEPS = ['create_key', 'reveal', 'grace', 'retire'] as const;

export const DEFAULT_GRACE_SECONDS = 86_400;
/** A key that nobody revealed is destroyed. */
export const REVEAL_LIMIT_SECONDS = 900;
/** Once the new key is in use, the old one retires when it has not been used for so long. */
export const OLD_KEY_QUIET_SECONDS = 3_600;
/** The looks at the keys' use in a grace period, at most. */
const MOST_LOOKS = 200;
const SHORTEST_LOOK_SECONDS = 300;

export interface KeyUse {
  /** RFC 3339; null: never. */
  newUsedAt: string | null;
  oldUsedAt: string | null;
}

/**
 * Whether the old key may retire, or when to look again.
 * @param revealedAt milliseconds since 1970, like `now`
 */
export function graceVerdict(
  { newUsedAt, oldUsedAt }: KeyUse,
  { revealedAt, graceSeconds, now }: { revealedAt: number; graceSeconds: number; now: number },
): { verdict: 'retire' } | { verdict: 'wait'; until: number } {
  const endsAt = revealedAt + graceSeconds * 1_000;
  if (now >= endsAt) return { verdict: 'retire' };
  if (newUsedAt !== null) {
    const oldQuietAt = Math.max(revealedAt, Date.parse(oldUsedAt ?? newUsedAt)) + OLD_KEY_QUIET_SECONDS * 1_000;
    if (now >= oldQuietAt) return { verdict: 'retire' };
    return { verdict: 'wait', until: Math.min(endsAt, Math.max(oldQuietAt, now + 1_000)) };
  }
  const lookMs = Math.max(SHORTEST_LOOK_SECONDS, graceSeconds / MOST_LOOKS) * 1_000;
  return { verdict: 'wait', until: Math.min(endsAt, now + lookMs) };
}
