/** What the rotation of a credential starts with: IDs and numbers, never content. */
export interface CredentialRotation extends RotationSettings {
  organizationId: string;
  credentialId: string;
  operationId: string;
  /** A person must approve it first. */
  needsApproval: boolean;
}

/** How carefully a rotation goes (the input of `rotate_credential`). */
export interface RotationSettings {
  /** The part of live calls that try the new version, 0 to 1. */
  canaryShare: number;
  /** How long they are watched; as long again after the cut-over. */
  canarySeconds: number;
  /** How long nobody may have used the old version before it is revoked. */
  drainSeconds: number;
}

export const DEFAULT_ROTATION: RotationSettings = { canaryShare: 0.05, canarySeconds: 300, drainSeconds: 120 };

/** One rotation, one workflow. That a credential has one at a time is the operation row's unique index. */
export function credentialRotationWorkflowId(rotation: Pick<CredentialRotation, 'credentialId' | 'operationId'>) {
  return `credential-rotation/${rotation.credentialId}/${rotation.operationId}`;
}

/** The workflow that brings to its end a rotation that lost its own; it may be started again. */
export function rotationSettlementWorkflowId(rotation: Pick<CredentialRotation, 'credentialId' | 'operationId'>) {
  return `credential-rotation-settlement/${rotation.credentialId}/${rotation.operationId}`;
}

/** The steps that `get_operation` shows. */
export const ROTATION_STEPS = ['stage', 'verify', 'canary', 'cut_over', 'drain', 'revoke'] as const;
export type RotationStep = (typeof ROTATION_STEPS)[number];

/**
 * What the relay goes by (`credential.rotation`); null: the current version alone.
 *
 * | phase | which version a call takes | a 401/403 is repeated once with |
 * |---|---|---|
 * | canary | `share` of the repeatable calls the new (staged) one, all others the old (current) one | the old one |
 * | cut_over | repeatable calls the new (now current) one, others the old (now previous) one | the old one |
 * | drain | all calls the new one | the old one |
 *
 * For the revocation and for a rollback it is null again, and the provider is called only when every relay knows.
 */
export interface RunningRotation {
  operation_id: string;
  phase: 'canary' | 'cut_over' | 'drain';
  new_version_id: string;
  old_version_id: string;
  /** The canary's part of the repeatable calls, 0 to 1; 1 from the cut-over on. */
  share: number;
  /** RFC 3339: when the phase began. */
  since: string;
}

/** A call with a body larger than this is not repeated. */
export const REPEATABLE_BODY_BYTES = 65_536;
/** After so many refusals by both versions a route's 403s are no longer repeated. */
export const DOUBLE_REFUSALS_LIMIT = 20;
/** Blames of the new version that roll a rotation back. */
export const BLAMES_LIMIT = 3;

/** How long a relay goes on without a word from Postgres; then it refuses all calls. */
export const RELAY_OUTAGE_LIMIT_SECONDS = 600;
/** A silent relay process may still carry calls for so long: nothing is revoked under it. */
export const SILENT_RELAY_SECONDS = RELAY_OUTAGE_LIMIT_SECONDS + 30;
