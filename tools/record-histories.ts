import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import { TASK_QUEUES } from '../core/temporal/task-queues.ts';
import { runTestWorker } from '../tests/servers/control-worker.ts';
import { writeHistory } from '../tests/servers/history-json.ts';
import { startServerKeeper } from '../tests/servers/server-keeper.ts';
import { sharedServers } from '../tests/servers/shared-servers.ts';
import { startTestTemporal, type TestTemporal } from '../tests/servers/temporal.ts';
import { alertPaths } from './histories/alert-paths.ts';
import { emailPaths } from './histories/email-paths.ts';
import { mailboxPaths } from './histories/mailbox-paths.ts';
import type { Path } from './histories/path.ts';
import { revocationPaths } from './histories/revocation-paths.ts';
import { rotationPaths } from './histories/rotation-paths.ts';

const folder = join(import.meta.dirname, '../tests/replay');
const deletion = { organizationId: 'organization', agentId: 'agent', operationId: 'operation' };

/** As the real activity answers, with a week that ends `seconds` after the wait for the purge begins. */
function refusedFor(seconds: number) {
  const restorableUntil = new Date(Date.now() + seconds * 1_000).toISOString();
  return { deletedAt: new Date().toISOString(), restorableUntil, changeXid: '1000' };
}

const deletes = {
  refuseNewCalls: async () => refusedFor(-9),
  drainCalls: async () => ({ callsCut: 0 }),
  finishDeletion: async () => true,
  rollBackDeletion: async () => {},
  purgeAgent: async () => {},
};

async function drainUntilCancelled(): Promise<never> {
  const { cancelled, heartbeat } = Context.current();
  const timer = setInterval(heartbeat, 100);
  return cancelled.finally(() => clearInterval(timer));
}

const deleteAgent = { workflowType: 'deleteAgent', args: [deletion] };
const keepHouse = { workflowType: 'keepHouse', args: [] };
const chores = {
  settleAcceptedOperations: async () => {},
  destroyUnrevealedKeys: async () => {},
  purgeDeletedCredentials: async () => {},
  deleteExpired: async () => {},
};
const keepChannels = { workflowType: 'keepChannels', args: [] };
const channelChores = { deliverDue: async () => {}, purgeDeletedChannels: async () => {} };
const keepGrants = { workflowType: 'keepGrants', args: [] };
const grantChores = { endIdleGrants: async () => {}, forgetUnusedClients: async () => {} };
const keepLogs = { workflowType: 'keepLogs', args: [] };
const logChores = {
  makeLogPartitionsAhead: async () => {},
  dropExpiredLogDays: async () => {},
  deleteExpiredLogs: async () => {},
  forgetOldTraffic: async () => {},
};
const fault = async () => {
  throw ApplicationFailure.nonRetryable('broken', 'TypeError');
};

const paths: Record<string, Path> = {
  'delete-agent-purged': { ...deleteAgent, activities: deletes },
  'delete-agent-restored-while-waiting': {
    ...deleteAgent,
    activities: { ...deletes, refuseNewCalls: async () => refusedFor(3_600) },
    whileWaiting: (workflow) => workflow.executeUpdate('restored'),
  },
  'delete-agent-cancelled-while-waiting': {
    ...deleteAgent,
    activities: { ...deletes, refuseNewCalls: async () => refusedFor(-7) },
    whileWaiting: (workflow) => workflow.cancel(),
  },
  'delete-agent-restored-during-drain': {
    ...deleteAgent,
    activities: { ...deletes, drainCalls: drainUntilCancelled },
    during: { activity: 'drainCalls', act: (workflow) => workflow.executeUpdate('restored') },
  },
  'delete-agent-restored-unheard-during-drain': {
    ...deleteAgent,
    activities: { ...deletes, finishDeletion: async () => false },
  },
  'delete-agent-cancelled-during-drain': {
    ...deleteAgent,
    activities: { ...deletes, drainCalls: drainUntilCancelled },
    during: { activity: 'drainCalls', act: (workflow) => workflow.cancel() },
  },
  'delete-agent-failed': { ...deleteAgent, activities: { ...deletes, drainCalls: fault } },
  'delete-agent-nothing-to-delete': { ...deleteAgent, activities: { ...deletes, refuseNewCalls: async () => null } },
  'end-timed-writing-done': {
    workflowType: 'endTimedWriting',
    args: [],
    activities: { endTimedWriting: async () => {} },
  },
  'keep-channels-done': { ...keepChannels, activities: channelChores },
  'keep-channels-one-chore-failed': { ...keepChannels, activities: { ...channelChores, deliverDue: fault } },
  'keep-grants-done': { ...keepGrants, activities: grantChores },
  'keep-grants-one-chore-failed': { ...keepGrants, activities: { ...grantChores, endIdleGrants: fault } },
  'keep-house-done': { ...keepHouse, activities: chores },
  'keep-house-one-chore-failed': { ...keepHouse, activities: { ...chores, destroyUnrevealedKeys: fault } },
  'keep-logs-done': { ...keepLogs, activities: logChores },
  'keep-logs-one-chore-failed': { ...keepLogs, activities: { ...logChores, dropExpiredLogDays: fault } },
  'export-audit-heads-done': {
    workflowType: 'exportAuditHeads',
    args: [],
    activities: { exportSignedHeads: async () => {} },
  },
  'roll-up-traffic-done': { workflowType: 'rollUpTraffic', args: [], activities: { addUpTraffic: async () => {} } },
  'score-agents-done': { workflowType: 'scoreAgents', args: [], activities: { keepHealthScores: async () => {} } },
  'watch-usage-done': { workflowType: 'watchUsage', args: [], activities: { tellOfLimits: async () => {} } },
  'reconcile-usage-done': { workflowType: 'reconcileUsage', args: [], activities: { reconcileDay: async () => {} } },
  ...alertPaths,
  ...rotationPaths,
  ...revocationPaths,
  ...mailboxPaths,
  ...emailPaths,
};

async function runs(activity: string, workflow: WorkflowHandle): Promise<boolean> {
  const { raw } = await workflow.describe();
  return raw.pendingActivities?.some(({ activityType }) => activityType?.name === activity) ?? false;
}

async function waits(workflow: WorkflowHandle): Promise<boolean> {
  return (await workflow.query<{ phase: string }>('status')).phase === 'restorable';
}

/** Lets a workflow take its path, and gives how it ended. */
async function take({ during, whileWaiting }: Path, workflow: WorkflowHandle): Promise<string> {
  if (during !== undefined) {
    while (!(await runs(during.activity, workflow))) await pause(20);
    await during.act(workflow);
  }
  if (whileWaiting !== undefined) {
    while (!(await waits(workflow))) await pause(20);
    await whileWaiting(workflow);
  }
  return workflow.result().then(
    () => 'completed',
    (error: Error) => (error.cause as Error | undefined)?.name ?? error.name,
  );
}

async function record(temporal: TestTemporal, name: string, path: Path): Promise<void> {
  const { client, nativeConnection: connection } = temporal;
  const worker = await runTestWorker({ connection, client, dataConverter: undefined, activities: path.activities });
  try {
    const workflow = await client.workflow.start(path.workflowType, {
      args: path.args,
      workflowId: name,
      taskQueue: TASK_QUEUES.control,
      workflowExecutionTimeout: '1 minute',
    });
    const outcome = await take(path, workflow);
    // Of a workflow that goes on in another run, the first.
    const first = client.workflow.getHandle(name, workflow.firstExecutionRunId);
    await writeFile(join(folder, `${name}.json`), writeHistory(await first.fetchHistory()));
    console.log(`${name}: ${outcome}`);
  } finally {
    await worker.stop();
  }
}

/**
 * Records a history of each path of each workflow on a real server, unencrypted (nothing in them is real), for the
 * replay tests. Run it when a path is new; a history of a deployed workflow stays as it is.
 */
async function main(wanted: string[]): Promise<void> {
  const temporal = await startTestTemporal({});
  try {
    for (const [name, path] of Object.entries(paths)) {
      if (wanted.length === 0 || wanted.includes(name)) await record(temporal, name, path);
    }
  } finally {
    await temporal.stop();
  }
}

const keeper = await startServerKeeper(sharedServers);
await main(process.argv.slice(2)).finally(() => keeper.stop());
