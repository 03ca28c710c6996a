import type { CredentialRotation } from '../core/domain/rotation.ts';
import type { Change, Reversal } from '../core/domain/rotation-workflow.ts';
import { heartbeating } from './heartbeating.ts';
import { lookAtRelays } from './relays.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';
import { finishRollBack, finishRotation, undoRotation } from './rotation-ends.ts';
import { createPhaseActivities } from './rotation-phases.ts';
import { revokeNewVersion, revokeOldVersion } from './rotation-revoke.ts';
import { stageVersion } from './rotation-stage.ts';
import { verifyVersion } from './rotation-verify.ts';
import { lookAtCanary, lookAtCutOver, lookAtDrain, type Watch } from './rotation-watch.ts';

export type RotationActivities = ReturnType<typeof createRotationActivities>;

/** What the workflow `rotateCredential` does. Each may run more than once, also at once with a lost earlier try of itself. */
export function createRotationActivities(dependencies: RotationDependencies) {
  return heartbeating({
    stageVersion: (rotation: CredentialRotation, tries: number) => stageVersion(dependencies, rotation, tries),
    verifyVersion: (rotation: CredentialRotation, tries: number) => verifyVersion(dependencies, rotation, tries),
    ...createPhaseActivities(dependencies),
    lookAtCanary: (watch: Watch) => lookAtCanary(dependencies, watch),
    lookAtCutOver: (watch: Watch) => lookAtCutOver(dependencies, watch),
    lookAtDrain: (watch: Watch) => lookAtDrain(dependencies, watch),
    lookAtRelays: (change: { organizationId: string; looks: number } & Change) => lookAtRelays(dependencies, change),
    revokeOldVersion: (rotation: CredentialRotation, tries: number) => revokeOldVersion(dependencies, rotation, tries),
    finishRotation: (end: CredentialRotation & { kept: boolean }) => finishRotation(dependencies, end),
    undoRotation: (back: CredentialRotation & Reversal) => undoRotation(dependencies, back),
    revokeNewVersion: (rotation: CredentialRotation, tries: number) => revokeNewVersion(dependencies, rotation, tries),
    finishRollBack: (back: CredentialRotation & Reversal) => finishRollBack(dependencies, back),
  });
}
