import type { AccessRevocation } from '../domain/access-revocation.ts';
import type { AgentDeletion } from '../domain/agent-deletion.ts';
import type { AgentKeyRotation } from '../domain/agent-key-rotation.ts';
import type { AlertIncident } from '../domain/alert-workflow.ts';
import type { DraftReference } from '../domain/email-draft.ts';
import type { LostAttempt } from '../domain/late-key.ts';
import type { MailboxSync } from '../domain/mailbox-sync.ts';
import type { EmailSending } from '../domain/outgoing-email.ts';
import type { CredentialRotation } from '../domain/rotation.ts';

/** The workflows that services start and tell things. */
export interface Workflows {
  /**
   * Starts the deletion of an agent. Starting it again for the same operation changes nothing.
   * @throws PublicError `temporal_unavailable` when it certainly did not start
   * @throws anything else when that cannot be known: the sweeper settles it
   */
  startAgentDeletion(deletion: AgentDeletion): Promise<void>;
  /** Tells a deletion that its agent was restored. Its purge looks at the row anyway, so a lost word harms nothing. */
  tellAgentRestored(deletion: Pick<AgentDeletion, 'agentId' | 'operationId'>): Promise<void>;
  /** Like `startAgentDeletion`. */
  startCredentialRotation(rotation: CredentialRotation): Promise<void>;
  /** Like `startAgentDeletion`; one that has ended is started again. @returns its ID */
  startRotationSettlement(rotation: CredentialRotation): Promise<string>;
  /** Like `startAgentDeletion`. */
  startLateKeyWatch(attempt: LostAttempt): Promise<void>;
  /** Like `startAgentDeletion`. */
  startAgentKeyRotation(rotation: AgentKeyRotation): Promise<void>;
  /** Like `startAgentDeletion`; one that has ended is started again. */
  startAccessRevocation(revocation: AccessRevocation): Promise<void>;
  /** Has an alert's workflow look at its row, and starts it where it is not running. */
  wakeAlertIncident(incident: AlertIncident): Promise<void>;
  /** Like `startAgentDeletion`; one that has ended is started again. */
  startMailboxSync(sync: MailboxSync): Promise<void>;
  /** Like `startAgentDeletion`; one that has ended is started again, and looks at what became of the mail. */
  startEmailSending(sending: EmailSending): Promise<void>;
  /** Like `startAgentDeletion`; one that runs is told to look at the draft again, one that has ended is started again. */
  startDraftChange(draft: DraftReference): Promise<void>;
  /** Tells a workflow that its rows have news for it. It looks from time to time anyway. */
  tellToLook(workflowId: string): Promise<void>;
  /** Has due deliveries made now instead of within a minute. */
  tellDeliveriesDue(): Promise<void>;
  /** Whether workers take the control plane's work: Temporal answers, and somebody asked it for work lately. */
  isWorkTaken(): Promise<boolean>;
  /** Cancels a workflow, which then rolls back. One that has ended is left. */
  cancelWorkflow(workflowId: string): Promise<void>;
}
