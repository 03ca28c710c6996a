import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { bearerHash, newBearerSecret } from '../../core/vault/bearer-secret.ts';
import { startUpstream, type TestUpstream } from '../relay/relay-harness.ts';
import { type RelayProcesses, startRelayProcesses } from '../servers/relay-processes.ts';
import { type AlertTrial, startTrial } from './harness.ts';

const CALLS_A_MINUTE = 20;
const AGENT_KEY = newBearerSecret('agk_');

let trial: AlertTrial;
let upstream: TestUpstream;
let relay: RelayProcesses;
let isBroken = false;

beforeAll(async () => {
  trial = await startTrial();
  let calls = 0;
  upstream = await startUpstream((_request, response) => {
    calls += 1;
    response.writeHead(isBroken && calls % 10 === 0 ? 500 : 200).end('answer');
  });
  for (const name of ['steady', 'shaky']) await trial.addAgent(name);
  await trial.sql.query('UPDATE agent SET upstream_url = $1', [upstream.url]);
  await trial.dependencies.database.inOrganization(trial.caller.organizationId, (transaction) =>
    transaction.agentKey.create({
      data: {
        organizationId: trial.caller.organizationId,
        name: 'traffic',
        hash: bearerHash(AGENT_KEY),
        fingerprint: 'agk_…',
        createdBy: randomUUID(),
      },
    }),
  );
  relay = await startRelayProcesses(1, trial.testDatabase, {});
  await relay.upToDate();
});
afterAll(async () => {
  await relay?.stop();
  await upstream?.stop();
  await trial?.stop();
});

async function callOnce(agent: string): Promise<void> {
  const response = await fetch(`http://127.0.0.1:${relay.port}/${agent}/v1/charges`, {
    headers: { 'x-api-key': AGENT_KEY },
  });
  await response.arrayBuffer();
}

// All rows at once, over a time in which there are none: no row lands where another still is.
const PASS_A_MINUTE = `
  UPDATE traffic_minute SET time = time + interval '1000 days';
  UPDATE traffic_minute SET time = time - interval '1000 days' - interval '1 minute';
  UPDATE alert_rule SET evaluated_from = evaluated_from - interval '1 minute'`;
let counted = 0;

/** A minute's calls through the relay, which are then made a minute older, instead of a minute's wait. */
async function liveAMinute(): Promise<void> {
  for (let call = 0; call < CALLS_A_MINUTE; call += 1) await callOnce('shaky');
  await callOnce('steady');
  counted += CALLS_A_MINUTE + 1;
  const isCounted = 'SELECT sum(requests)::int = $1 AS done FROM traffic_minute';
  while (!(await trial.sql.query(isCounted, [counted])).rows[0].done) await pause(10);
  await trial.sql.query(PASS_A_MINUTE);
}

test('an upstream that fails behind a real relay fires the rule of the question, and its recovery ends the alert', async () => {
  await trial.createRule({
    name: 'Error rate above 5 %',
    metric: 'error_rate',
    threshold: 0.05,
    for_seconds: 600,
  });
  for (const [minutes, broken] of [
    [3, false],
    [14, true],
    [14, false],
  ] as const) {
    isBroken = broken;
    for (let minute = 0; minute < minutes; minute += 1) await liveAMinute();
  }
  await trial.jobs.alerts.evaluateRules({ shard: 0, shards: 1 }, Date.now() + 2 * 60_000);
  const [alert, ...others] = await trial.alerts();
  expect(others).toEqual([]);
  expect(alert).toMatchObject({ agents: ['shaky'], state: 'resolved', changes: ['firing', 'resolved'] });
  expect((alert?.fired ?? 0) - (alert?.since ?? 0)).toBe(10);
  const { items } = await trial.run('list_alerts', { state: 'all', agent: 'shaky' });
  expect(items).toMatchObject([
    { rule: 'Error rate above 5 %', text: 'error rate above 5 % in 1 minute, for 10 minutes' },
  ]);
});
