import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import type { Dependencies } from '../core/dependencies.ts';
import { REVOKE_CONNECTED_APP } from '../core/domain/access-revocation.ts';
import type { Doubt } from '../core/domain/doubt.ts';
import { DRAFT_KINDS } from '../core/domain/email-draft.ts';
import { isPastReturn } from '../core/domain/long-running.ts';
import { SEND_EMAIL } from '../core/domain/outgoing-email.ts';
import { revocationOf } from '../core/services/access-revocations.ts';
import { deletionOf } from '../core/services/agent-deletions.ts';
import { keyRotationOf } from '../core/services/agent-key-rotations.ts';
import { approvalOf } from '../core/services/approvals.ts';
import { rotationOf } from '../core/services/credential-rotations.ts';
import { draftChangeOf } from '../core/services/email-drafts.ts';
import { failOperation } from '../core/services/long-running.ts';
import { sendingOf } from '../core/services/outgoing-emails.ts';
import type { Database } from '../core/store/database.ts';
import type { Operation } from '../core/store/generated/client.ts';
import type { StaleOperation } from '../core/store/jobs-database.ts';
import type { Workflows } from '../core/temporal/workflows.ts';

type Starter = (workflows: Workflows, operation: Operation) => Promise<void>;

const startDraftChange: Starter = (workflows, operation) => workflows.startDraftChange(draftChangeOf(operation));

/** How each kind of operation starts its workflow. */
const STARTERS: Record<string, Starter> = {
  delete_agent: (workflows, operation) => workflows.startAgentDeletion(deletionOf(operation)),
  rotate_credential: (workflows, operation) => workflows.startCredentialRotation(rotationOf(operation)),
  rotate_agent_key: (workflows, operation) => workflows.startAgentKeyRotation(keyRotationOf(operation)),
  [REVOKE_CONNECTED_APP]: (workflows, operation) => workflows.startAccessRevocation(revocationOf(operation)),
  [SEND_EMAIL]: (workflows, operation) => workflows.startEmailSending(sendingOf(operation)),
  ...Object.fromEntries(DRAFT_KINDS.map((kind) => [kind, startDraftChange])),
};

/**
 * Those whose workflow may begin again, because each of its steps looks first at what is there: access has ended, a mail
 * that was handed over stays in doubt, a draft that stands in its mailbox is found there.
 */
const BEGIN_AGAIN: readonly string[] = [REVOKE_CONNECTED_APP, SEND_EMAIL, ...DRAFT_KINDS];

async function stateOfWorkflow(client: Client, workflowId: string): Promise<'absent' | 'running' | 'ended'> {
  try {
    const { status } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING' ? 'running' : 'ended';
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return 'absent';
    throw error;
  }
}

/**
 * Whether a person asked for the end, decided or entered what the workflow waits for: then the word of it was lost, and by
 * itself the workflow may not look at its row for half a day.
 */
function hasNews(database: Database, { id, organizationId }: Pick<StaleOperation, 'id' | 'organizationId'>) {
  return database.inOrganization(organizationId, async (transaction) => {
    const operation = await transaction.operation.findFirst({ where: { id, finishedAt: null } });
    if (operation === null) return false;
    if (operation.cancelRequest !== null) return !isPastReturn(operation);
    switch (operation.waitingFor) {
      case 'approval':
        return approvalOf(operation)?.decision != null;
      case 'resolve':
        return (operation.resolution as unknown as Doubt | null)?.decision != null;
      case 'value':
        return (await transaction.credentialVersion.count({ where: { operationId: id } })) > 0;
      default:
        return false;
    }
  });
}

/**
 * An operation whose workflow was terminated from outside, or is lost with Temporal's store, would stay open for ever
 * and keep the next one from starting. Where the workflow runs, the operation only waits. A rotation must not be left as
 * it is (a key may be half-way in): another workflow settles it. What can begin again does.
 */
export async function settleAbandonedOperation(
  { database, workflows }: Pick<Dependencies, 'database' | 'workflows'>,
  client: Client,
  { id, organizationId, kind, workflowId }: StaleOperation,
): Promise<void> {
  if ((await stateOfWorkflow(client, workflowId)) === 'running') {
    if (await hasNews(database, { id, organizationId })) await workflows.tellToLook(workflowId);
    return;
  }
  if (kind === 'rotate_credential' || BEGIN_AGAIN.includes(kind)) {
    const operation = await database.inOrganization(organizationId, (transaction) =>
      transaction.operation.findFirst({ where: { id, finishedAt: null } }),
    );
    if (operation === null) return;
    if (kind !== 'rotate_credential') return STARTERS[kind]?.(workflows, operation);
    const settlement = await workflows.startRotationSettlement(rotationOf(operation));
    await database.inOrganization(organizationId, (transaction) =>
      transaction.operation.update({ where: { id }, data: { workflowId: settlement } }),
    );
    return;
  }
  const detail =
    'It was ended from outside and left as it was. Look at what it worked on (a deleted agent can be restored), then start it again if it is still needed.';
  await database.inOrganization(organizationId, (transaction) =>
    failOperation(transaction, id, { code: 'internal', detail }),
  );
}

/**
 * Decides what became of a start whose answer was lost: a workflow that is absent is started again (its ID is made from
 * the row, so it exists once at most), one that runs is left, one that ended without touching its row has failed; but
 * what can begin again does.
 */
export async function settleAcceptedOperation(
  { database, workflows }: Pick<Dependencies, 'database' | 'workflows'>,
  client: Client,
  { id, organizationId, kind, workflowId }: StaleOperation,
): Promise<void> {
  const state = await stateOfWorkflow(client, workflowId);
  if (state === 'running') return;
  if (state === 'ended' && !BEGIN_AGAIN.includes(kind)) {
    const error = { code: 'internal', detail: 'It ended before its first step. Nothing was changed; try again.' };
    await database.inOrganization(organizationId, (transaction) => failOperation(transaction, id, error));
    return;
  }
  const operation = await database.inOrganization(organizationId, (transaction) =>
    transaction.operation.findFirst({ where: { id, status: 'accepted' } }),
  );
  if (operation === null) return;
  const start = STARTERS[kind];
  if (start === undefined) throw new TypeError(`No workflow is known for operations of kind ${kind}.`);
  await start(workflows, operation);
}
