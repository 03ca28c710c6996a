import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MINUTE_MS } from '../../core/domain/times.ts';
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

/** How the upstream does in minutes one after the other. */
const STORY = [...Array(3).fill('works'), ...Array(14).fill('fails'), ...Array(14).fill('works')];
const LIVE = 'FROM traffic_minute WHERE time >= $1';

/**
 * A minute's calls through the relay, which are then moved to their place before the trial's beginning, instead of a
 * minute's wait. Should the clock's minute have turned among them, they would be two: then they are made anew.
 */
async function liveMinute(minute: number): Promise<void> {
  const start = new Date(trial.start);
  for (;;) {
    for (let call = 0; call < CALLS_A_MINUTE; call += 1) await callOnce('shaky');
    await callOnce('steady');
    const count = `SELECT coalesce(sum(requests), 0)::int AS calls, count(DISTINCT time)::int AS minutes ${LIVE}`;
    const counted = async () => (await trial.sql.query(count, [start])).rows[0];
    let live = await counted();
    for (; live.calls < CALLS_A_MINUTE + 1; live = await counted()) await pause(10);
    if (live.minutes === 1) break;
    await trial.sql.query(`DELETE ${LIVE}`, [start]);
  }
  const place = new Date(trial.start + (minute - STORY.length) * MINUTE_MS);
  await trial.sql.query('UPDATE traffic_minute SET time = $2 WHERE time >= $1', [start, place]);
}

test('an upstream that fails behind a real relay fires the rule of the question, and its recovery ends the alert', async () => {
  await trial.createRule({
    name: 'Error rate above 5 %',
    metric: 'error_rate',
    threshold: 0.05,
    for_seconds: 600,
  });
  await trial.sql.query('UPDATE alert_rule SET evaluated_from = $1', [
    new Date(trial.start - STORY.length * MINUTE_MS),
  ]);
  for (const [minute, upstreamDoes] of STORY.entries()) {
    isBroken = upstreamDoes === 'fails';
    await liveMinute(minute);
  }
  await trial.evaluateUntil(0);
  const [alert, ...others] = await trial.alerts();
  expect(others).toEqual([]);
  expect(alert).toMatchObject({ agents: ['shaky'], state: 'resolved', changes: ['firing', 'resolved'] });
  expect((alert?.fired ?? 0) - (alert?.since ?? 0)).toBe(10);
  const { items } = await trial.run('list_alerts', { state: 'all', agent: 'shaky' });
  expect(items).toMatchObject([
    { rule: 'Error rate above 5 %', text: 'error rate above 5 % in 1 minute, for 10 minutes' },
  ]);
});
