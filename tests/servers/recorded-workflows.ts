import type { AccessRevocation } from '../../core/domain/access-revocation.ts';
import type { AgentDeletion } from '../../core/domain/agent-deletion.ts';
import type { AgentKeyRotation } from '../../core/domain/agent-key-rotation.ts';
import type { AlertIncident } from '../../core/domain/alert-workflow.ts';
import type { DraftReference } from '../../core/domain/email-draft.ts';
import type { LostAttempt } from '../../core/domain/late-key.ts';
import type { MailboxSync } from '../../core/domain/mailbox-sync.ts';
import type { EmailSending } from '../../core/domain/outgoing-email.ts';
import { type CredentialRotation, rotationSettlementWorkflowId } from '../../core/domain/rotation.ts';
import type { Workflows } from '../../core/temporal/workflows.ts';

export interface RecordedWorkflows extends Workflows {
  startedDeletions: AgentDeletion[];
  toldRestored: Pick<AgentDeletion, 'agentId' | 'operationId'>[];
  startedRotations: CredentialRotation[];
  startedSettlements: CredentialRotation[];
  startedLateKeyWatches: LostAttempt[];
  startedKeyRotations: AgentKeyRotation[];
  startedRevocations: AccessRevocation[];
  wokenIncidents: AlertIncident[];
  startedSyncs: MailboxSync[];
  startedSendings: EmailSending[];
  startedDraftChanges: DraftReference[];
  toldToLook: string[];
  cancelled: string[];
  /** How often deliveries were said to be due. */
  toldDeliveriesDue: () => number;
  /** Every start fails with this from now on; undefined: they work again. */
  failStartsWith(error: Error | undefined): void;
}

/** Remembers what would be started, for tests of what comes before a workflow. */
export function recordWorkflows(): RecordedWorkflows {
  let failure: Error | undefined;
  const startedDeletions: RecordedWorkflows['startedDeletions'] = [];
  const toldRestored: RecordedWorkflows['toldRestored'] = [];
  const startedRotations: RecordedWorkflows['startedRotations'] = [];
  const startedSettlements: RecordedWorkflows['startedSettlements'] = [];
  const startedLateKeyWatches: RecordedWorkflows['startedLateKeyWatches'] = [];
  const startedKeyRotations: RecordedWorkflows['startedKeyRotations'] = [];
  const startedRevocations: RecordedWorkflows['startedRevocations'] = [];
  const wokenIncidents: AlertIncident[] = [];
  const startedSyncs: MailboxSync[] = [];
  const startedSendings: RecordedWorkflows['startedSendings'] = [];
  const startedDraftChanges: RecordedWorkflows['startedDraftChanges'] = [];
  const toldToLook: string[] = [];
  const cancelled: string[] = [];
  let deliveriesDue = 0;
  return {
    startedDeletions,
    toldRestored,
    startedRotations,
    startedSettlements,
    startedLateKeyWatches,
    startedKeyRotations,
    startedRevocations,
    wokenIncidents,
    startedSyncs,
    startedSendings,
    startedDraftChanges,
    toldToLook,
    cancelled,
    isWorkTaken: async () => failure === undefined,
    toldDeliveriesDue: () => deliveriesDue,
    failStartsWith: (error) => {
      failure = error;
    },
    async startAgentDeletion(deletion) {
      if (failure !== undefined) throw failure;
      startedDeletions.push(deletion);
    },
    async tellAgentRestored(deletion) {
      toldRestored.push(deletion);
    },
    async startCredentialRotation(rotation) {
      if (failure !== undefined) throw failure;
      startedRotations.push(rotation);
    },
    async startRotationSettlement(rotation) {
      if (failure !== undefined) throw failure;
      startedSettlements.push(rotation);
      return rotationSettlementWorkflowId(rotation);
    },
    async startLateKeyWatch(attempt) {
      if (failure !== undefined) throw failure;
      startedLateKeyWatches.push(attempt);
    },
    async startAgentKeyRotation(rotation) {
      if (failure !== undefined) throw failure;
      startedKeyRotations.push(rotation);
    },
    async startAccessRevocation(revocation) {
      if (failure !== undefined) throw failure;
      startedRevocations.push(revocation);
    },
    async wakeAlertIncident(incident) {
      if (failure !== undefined) throw failure;
      wokenIncidents.push(incident);
    },
    async startMailboxSync(sync) {
      if (failure !== undefined) throw failure;
      startedSyncs.push(sync);
    },
    async startEmailSending(sending) {
      if (failure !== undefined) throw failure;
      startedSendings.push(sending);
    },
    async startDraftChange(draft) {
      if (failure !== undefined) throw failure;
      startedDraftChanges.push(draft);
    },
    async tellToLook(workflowId) {
      toldToLook.push(workflowId);
    },
    async tellDeliveriesDue() {
      deliveriesDue += 1;
    },
    async cancelWorkflow(workflowId) {
      cancelled.push(workflowId);
    },
  };
}
