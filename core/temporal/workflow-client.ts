import {
  Client,
  type ConnectionLike,
  ScheduleOverlapPolicy,
  type WorkflowHandle,
  WorkflowNotFoundError,
} from '@temporalio/client';
import type { DataConverter } from '@temporalio/common';
import { ACCESS_REVOCATION_WORKFLOW, accessRevocationWorkflowId } from '../domain/access-revocation.ts';
import { agentDeletionWorkflowId } from '../domain/agent-deletion.ts';
import { AGENT_DELETION_WORKFLOW, RESTORED_UPDATE } from '../domain/agent-deletion-workflow.ts';
import { agentKeyRotationWorkflowId } from '../domain/agent-key-rotation.ts';
import { ALERT_INCIDENT_WORKFLOW, alertIncidentWorkflowId } from '../domain/alert-workflow.ts';
import { CHANNEL_KEEPING_SCHEDULE } from '../domain/channel-keeping.ts';
import { DRAFT_WORKFLOW, draftWorkflowId } from '../domain/email-draft.ts';
import { LATE_KEY_WORKFLOW, lateKeyWorkflowId } from '../domain/late-key.ts';
import { MAILBOX_SYNC_WORKFLOW, mailboxSyncWorkflowId } from '../domain/mailbox-sync.ts';
import { EMAIL_SENDING_WORKFLOW, emailSendingWorkflowId } from '../domain/outgoing-email.ts';
import { credentialRotationWorkflowId, rotationSettlementWorkflowId } from '../domain/rotation.ts';
import {
  AGENT_KEY_ROTATION_WORKFLOW,
  CREDENTIAL_ROTATION_WORKFLOW,
  LOOK_SIGNAL,
  ROTATION_SETTLEMENT_WORKFLOW,
} from '../domain/rotation-workflow.ts';
import { PublicError } from '../errors.ts';
import { isAlreadyStarted, isCertainlyRefused } from './certainly-refused.ts';
import { searchAttributesOf } from './search-attributes.ts';
import { TASK_QUEUES } from './task-queues.ts';
import type { Workflows } from './workflows.ts';

/** A caller waits no longer for Temporal: half of it to see that it is there, the rest for what is asked. */
const DEADLINE_MS = 2_000;

/** `TASK_QUEUE_TYPE_WORKFLOW`. */
const WORKFLOW_QUEUE = 1;
/** A worker that waits for work asks anew each minute. */
const ASKED_WITHIN_SECONDS = 150;

function temporalUnavailable(cause: unknown): PublicError {
  return new PublicError(
    'temporal_unavailable',
    'Temporal takes no work at the moment. Nothing was started; try again shortly.',
    {
      retryAfterSeconds: 5,
      cause,
    },
  );
}

export interface TemporalAccess {
  /** From `openTemporal`, or a worker's own. */
  connection: ConnectionLike;
  namespace: string;
  /** From `createDataConverter`: nothing reaches Temporal unencrypted. */
  dataConverter: DataConverter;
}

export function createTemporalClient(access: TemporalAccess): Client {
  return new Client(access);
}

/** Starts workflows and tells them things, within a deadline. */
export function createWorkflows(client: Client): Workflows {
  /**
   * What is not sent is certainly not started: so Temporal is asked for a sign of life first, and only an error after
   * that leaves the start in doubt.
   */
  async function start(send: () => Promise<unknown>): Promise<void> {
    const deadline = Date.now() + DEADLINE_MS;
    try {
      await client.withDeadline(deadline - DEADLINE_MS / 2, () => client.workflowService.getSystemInfo({}));
    } catch (error) {
      throw temporalUnavailable(error);
    }
    try {
      await client.withDeadline(deadline, send);
    } catch (error) {
      if (isAlreadyStarted(error)) return;
      throw isCertainlyRefused(error) ? temporalUnavailable(error) : error;
    }
  }

  function startOnce(
    workflowType: string,
    workflowId: string,
    work: { organizationId: string; operationId?: string },
    workflowIdReusePolicy: 'REJECT_DUPLICATE' | 'ALLOW_DUPLICATE' = 'REJECT_DUPLICATE',
  ) {
    return start(() =>
      client.workflow.start(workflowType, {
        args: [work],
        taskQueue: TASK_QUEUES.control,
        workflowId,
        workflowIdReusePolicy,
        workflowIdConflictPolicy: 'USE_EXISTING',
        typedSearchAttributes: searchAttributesOf(work),
      }),
    );
  }

  /** One that has ended has nothing left to hear. */
  async function tell(workflowId: string, say: (workflow: WorkflowHandle) => Promise<unknown>): Promise<void> {
    try {
      await client.withDeadline(Date.now() + DEADLINE_MS, () => say(client.workflow.getHandle(workflowId)));
    } catch (error) {
      if (!(error instanceof WorkflowNotFoundError)) throw error;
    }
  }

  return {
    startAgentDeletion: (deletion) => startOnce(AGENT_DELETION_WORKFLOW, agentDeletionWorkflowId(deletion), deletion),
    startCredentialRotation: (rotation) =>
      startOnce(CREDENTIAL_ROTATION_WORKFLOW, credentialRotationWorkflowId(rotation), rotation),
    async startRotationSettlement(rotation) {
      const workflowId = rotationSettlementWorkflowId(rotation);
      await startOnce(ROTATION_SETTLEMENT_WORKFLOW, workflowId, rotation, 'ALLOW_DUPLICATE');
      return workflowId;
    },
    startLateKeyWatch: (attempt) => startOnce(LATE_KEY_WORKFLOW, lateKeyWorkflowId(attempt), attempt),
    startAgentKeyRotation: (rotation) =>
      startOnce(AGENT_KEY_ROTATION_WORKFLOW, agentKeyRotationWorkflowId(rotation), rotation),
    startAccessRevocation: (revocation) =>
      startOnce(ACCESS_REVOCATION_WORKFLOW, accessRevocationWorkflowId(revocation), revocation, 'ALLOW_DUPLICATE'),
    wakeAlertIncident: (incident) =>
      start(() =>
        client.workflow.signalWithStart(ALERT_INCIDENT_WORKFLOW, {
          args: [incident],
          signal: LOOK_SIGNAL,
          taskQueue: TASK_QUEUES.control,
          workflowId: alertIncidentWorkflowId(incident),
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          workflowIdConflictPolicy: 'USE_EXISTING',
          typedSearchAttributes: searchAttributesOf(incident),
        }),
      ),
    startMailboxSync: (sync) => startOnce(MAILBOX_SYNC_WORKFLOW, mailboxSyncWorkflowId(sync), sync, 'ALLOW_DUPLICATE'),
    startEmailSending: (sending) =>
      startOnce(EMAIL_SENDING_WORKFLOW, emailSendingWorkflowId(sending), sending, 'ALLOW_DUPLICATE'),
    startDraftChange: ({ organizationId, draftId }) =>
      start(() =>
        // A workflow that is about to end hears the signal first, and so does not end.
        client.workflow.signalWithStart(DRAFT_WORKFLOW, {
          args: [{ organizationId, draftId }],
          taskQueue: TASK_QUEUES.control,
          workflowId: draftWorkflowId({ draftId }),
          workflowIdReusePolicy: 'ALLOW_DUPLICATE',
          signal: LOOK_SIGNAL,
          typedSearchAttributes: searchAttributesOf({ organizationId }),
        }),
      ),
    tellAgentRestored: (deletion) =>
      tell(agentDeletionWorkflowId(deletion), (workflow) => workflow.executeUpdate(RESTORED_UPDATE)),
    tellToLook: (workflowId) => tell(workflowId, (workflow) => workflow.signal(LOOK_SIGNAL)),
    tellDeliveriesDue: () =>
      client.withDeadline(Date.now() + DEADLINE_MS, () =>
        client.schedule.getHandle(CHANNEL_KEEPING_SCHEDULE).trigger(ScheduleOverlapPolicy.BUFFER_ONE),
      ),
    async isWorkTaken() {
      const queue = {
        namespace: client.options.namespace,
        taskQueue: { name: TASK_QUEUES.control },
        taskQueueType: WORKFLOW_QUEUE,
      };
      const described = await client
        .withDeadline(Date.now() + DEADLINE_MS / 2, () => client.workflowService.describeTaskQueue(queue))
        .catch(() => null);
      const asked = (described?.pollers ?? []).map(({ lastAccessTime }) => Number(lastAccessTime?.seconds ?? 0));
      return Math.max(0, ...asked) > Date.now() / 1_000 - ASKED_WITHIN_SECONDS;
    },
    cancelWorkflow: (workflowId) => tell(workflowId, (workflow) => workflow.cancel()),
  };
}
