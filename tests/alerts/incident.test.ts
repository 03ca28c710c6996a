import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { Context } from '@temporalio/activity';
import type { TestWorkflowEnvironment } from '@temporalio/testing';
import { createAlertActivities } from '../../activities/alerts.ts';
import type { AlertNotification } from '../../core/domain/alert-notification.ts';
import { alertIncidentWorkflowId } from '../../core/domain/alert-workflow.ts';
import { HOUR_MS, MINUTE_MS } from '../../core/domain/times.ts';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { createWorkflows } from '../../core/temporal/workflow-client.ts';
import { skippedClock } from '../rotation/harness.ts';
import { runTestWorker } from '../servers/control-worker.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { startTimeSkipping } from '../servers/time-skipping.ts';
import { type AlertTrial, startTrial } from './harness.ts';

describeNeeding(['java', 'mvn'], 'the workflow of an alert, with time skipped', () => {
  let trial: AlertTrial;
  let temporal: TestWorkflowEnvironment;
  let worker: Awaited<ReturnType<typeof runTestWorker>>;
  let agentId: string;
  /** What the channels were told, and how many hours after the beginning. */
  const told: (AlertNotification & { channelIds: string[] | null; hours: number })[] = [];

  beforeAll(async () => {
    trial = await startTrial();
    agentId = await trial.addAgent('stripe-relay');
    const dataConverter = createDataConverter(payloadKeys(trial.dependencies.instanceKeys));
    temporal = await startTimeSkipping(dataConverter);
    const { client, nativeConnection: connection } = temporal;
    // Operations and activities wake the same workflows.
    trial.dependencies.workflows = createWorkflows(client);
    const activities = {
      ...createAlertActivities({ ...trial.dependencies, jobs: trial.jobs, now: skippedClock }),
      async deliverAlertNotification(notification: AlertNotification, channelIds: string[] | null) {
        const at = Context.current().info.currentAttemptScheduledTimestampMs;
        told.push({ ...notification, channelIds, hours: (at - trial.start) / HOUR_MS });
      },
    };
    worker = await runTestWorker({ connection, client, dataConverter, activities });
  });
  afterAll(async () => {
    await worker?.stop();
    await temporal?.teardown();
    await trial?.stop();
  });
  beforeEach(async () => {
    await trial.sql.query('TRUNCATE alert_rule, alert_evaluation, alert, traffic_minute, traffic_touched CASCADE');
    told.length = 0;
  });

  /** An alert that has just fired, with its workflow under way. @returns its ID */
  async function fire(severity: string): Promise<string> {
    await trial.createRule({ name: 'errors', metric: 'error_rate', threshold: 0.05, severity });
    await trial.addCalls([{ agentId, minute: 1, ok: 1, failed: 1 }]);
    await trial.evaluateUntil(2);
    const [alert] = await trial.alerts();
    if (alert === undefined) throw new Error('Nothing fired.');
    await wake(alert.id);
    return alert.id;
  }

  const wake = (alertId: string) =>
    trial.dependencies.workflows.wakeAlertIncident({ organizationId: trial.caller.organizationId, alertId });
  const changes = () => told.map(({ change }) => change);
  /** Until the workflow has told of so much: it does so in its own time, not in the skipped one. */
  async function untilTold(count: number): Promise<void> {
    while (told.length < count) await new Promise((resolve) => setTimeout(resolve, 20));
  }

  test('tells of the firing, reminds while nobody acknowledges it, and tells of its end', async () => {
    const alertId = await fire('critical');
    await untilTold(1);
    expect(told[0]).toMatchObject({
      alertId,
      change: 'firing',
      sequence: 1,
      severity: 'critical',
      name: 'errors',
      metric: 'error rate above 5 % in 1 minute',
      agents: ['stripe-relay'],
      value: 0.5,
      threshold: 0.05,
      since: new Date(trial.start + 2 * MINUTE_MS).toISOString(),
      channelIds: null,
    });
    await temporal.sleep('190 minutes');
    await untilTold(4);
    expect(changes()).toEqual(['firing', 'still_firing', 'still_firing', 'still_firing']);
    await trial.run('acknowledge_alert', { alert: alertId });
    await trial.run('acknowledge_alert', { alert: alertId });
    await untilTold(5);
    await temporal.sleep('2 days');
    expect(told.slice(4)).toMatchObject([{ change: 'acknowledged', note: trial.caller.person.email }]);
    await trial.evaluateUntil(30);
    await wake(alertId);
    await temporal.client.workflow.getHandle(alertIncidentWorkflowId({ alertId })).result();
    expect(changes().slice(4)).toEqual(['acknowledged', 'resolved']);
    expect(told.map(({ sequence }) => sequence)).toEqual([1, 2, 3, 4, 5, 6]);
    await expect(trial.run('acknowledge_alert', { alert: alertId })).rejects.toMatchObject({ code: 'conflict' });
  });

  test('reminds each hour for days, over several runs of the workflow, and never twice', async () => {
    const alertId = await fire('critical');
    await untilTold(1);
    await temporal.sleep('50 hours');
    await untilTold(50);
    expect(told.map(({ sequence }) => sequence)).toEqual(told.map((_, index) => index + 1));
    expect(new Set(changes().slice(1))).toEqual(new Set(['still_firing']));
    const workflow = temporal.client.workflow.getHandle(alertIncidentWorkflowId({ alertId }));
    expect((await workflow.describe()).historyLength).toBeLessThan(1_000);
    await trial.run('delete_alert_rule', { rule: 'errors' });
    await workflow.result();
    expect(told.at(-1)).toMatchObject({ change: 'resolved', note: 'The rule was deleted.' });
  });
});
