import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import pg from 'pg';
import { v7 as uuid } from 'uuid';
import { createUsageActivities, type UsageActivities } from '../../activities/usage.ts';
import type { Caller } from '../../core/domain/caller.ts';
import { DAY_MS } from '../../core/domain/times.ts';
import { type JobsDatabase, openJobsDatabase } from '../../core/store/jobs-database.ts';
import type { RequestLogRow } from '../../core/store/request-log-row.ts';
import { RequestLogUpload } from '../../core/store/request-log-upload.ts';
import { call } from '../core/operations/call.ts';
import { requestLogRow } from '../core/store/request-log-rows.ts';
import { loopbackAgent } from '../rotation/harness.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';

let stack: TestDependencies;
let jobs: JobsDatabase;
let activities: UsageActivities;
let [sql, writer]: [pg.Client, pg.Client] = [new pg.Client(), new pg.Client()];
let admin: Caller;
let agentId: string;

beforeAll(async () => {
  stack = await testDependencies();
  const { urls } = stack.testDatabase;
  jobs = openJobsDatabase(urls.jobs);
  const outside = { outboundAgent: loopbackAgent(), now: () => now };
  activities = createUsageActivities({ ...stack.dependencies, ...outside, jobs });
  [sql, writer] = [urls.superuser, urls.logWriter].map((connectionString) => new pg.Client({ connectionString })) as [
    pg.Client,
    pg.Client,
  ];
  await Promise.all([sql.connect(), writer.connect()]);
});
afterAll(async () => {
  await Promise.all([jobs.close(), sql.end(), writer.end()]);
  await stack.stop();
});
beforeEach(async () => {
  admin = await seedCaller(stack.dependencies.database);
  agentId = await seedAgent(stack.dependencies.database, admin.organizationId);
});

const write = (rows: RequestLogRow[]) => new RequestLogUpload().write(writer, uuid(), [{ number: 1, rows }]);
const ask = (name: string, input: object = {}) => call(stack.dependencies, admin, name, input);

/** One moment for all, so that no month ends between a call and what is told of it. */
const now = Date.now();
const day = new Date(now - DAY_MS).toISOString().slice(0, 10);
const reconcile = () => new MockActivityEnvironment().run(activities.reconcileDay, day);

/** 30 calls of yesterday, seven of them at its last minute, and one that a limit refused. */
async function callYesterday(): Promise<void> {
  const { organizationId } = admin;
  const endOfDay = Date.parse(day) + DAY_MS - 1;
  const rows = Array.from({ length: 30 }, (_, index) =>
    requestLogRow({
      organizationId,
      agentId,
      agentKeyId: index % 2 === 0 ? uuid() : null,
      // A row without any null says otherwise that it has no error code.
      upstreamLatencyMs: index % 3 === 0 ? null : 1,
      spendMicros: 5,
      latencyMs: index ** 3,
      time: index < 7 ? endOfDay : Date.parse(day) + index * 1_000_000,
    }),
  );
  await write([...rows, requestLogRow({ ...rows[9], errorCode: 'rate_limited', status: 429 })]);
  await jobs.logs.rollUpTraffic(() => {});
}

const TRAFFIC = ['traffic_hour', 'traffic_day', 'traffic_day_latency'].map(
  (table) => `SELECT jsonb_agg(t ORDER BY t::text) AS rows FROM ${table} t WHERE organization_id = $1`,
);
const USED = 'SELECT requests::int FROM plan_use WHERE organization_id = $1';
async function counted(): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const query of [...TRAFFIC, USED]) results.push((await sql.query(query, [admin.organizationId])).rows);
  return results;
}

const corrections = () =>
  stack.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
    transaction.auditEvent.findMany({ where: { action: 'reconcile_usage' } }),
  );

test('a day whose counters are right is left alone, whoever counts it again', async () => {
  await callYesterday();
  const before = await counted();
  await reconcile();
  expect(await counted()).toEqual(before);
  expect(before.at(-1)).toEqual([{ requests: 30 }]);
  expect(await corrections()).toEqual([]);
});

test.each<[string, string]>([
  ['an hour counts too much', 'UPDATE traffic_hour SET requests = requests * 9 WHERE organization_id = $1'],
  ['an hour is gone, with its minutes', 'DELETE FROM traffic_hour WHERE organization_id = $1'],
  [
    'latencies are wrong',
    `UPDATE traffic_hour SET latency_buckets = '{1}', latency_counts = '{1}' WHERE organization_id = $1`,
  ],
  [
    'calls of an agent that made none',
    `UPDATE traffic_hour SET agent_id = gen_random_uuid() WHERE organization_id = $1`,
  ],
  ['a day is not the sum of its hours', 'UPDATE traffic_day SET requests = requests + 1 WHERE organization_id = $1'],
  ['a day is gone', 'DELETE FROM traffic_day WHERE organization_id = $1'],
  ['a day’s latencies are gone', 'DELETE FROM traffic_day_latency WHERE organization_id = $1'],
  [
    'a day’s latencies count too much',
    'UPDATE traffic_day_latency SET latency_counts[1] = latency_counts[1] + 1 WHERE organization_id = $1',
  ],
  ['the plan’s counter is too high', 'UPDATE plan_use SET requests = 999 WHERE organization_id = $1'],
  ['the plan’s counter is gone', 'DELETE FROM plan_use WHERE organization_id = $1'],
])('reconciliation corrects what differs from the logs, once and on record: %s', async (_, harm) => {
  await callYesterday();
  const right = await counted();
  await sql.query(harm, [admin.organizationId]);
  if (harm.startsWith('DELETE FROM traffic_hour')) {
    await sql.query('DELETE FROM traffic_minute WHERE organization_id = $1', [admin.organizationId]);
  }
  await reconcile();
  await jobs.logs.rollUpTraffic(() => {});
  expect(await counted()).toEqual(right);
  const events = await corrections();
  expect(events.length).toBeGreaterThan(0);
  expect(events[0]).toMatchObject({ actorKind: 'system', targetId: admin.organizationId });
  await reconcile();
  expect(await corrections()).toHaveLength(events.length);
});

test('relays are told of a plan’s counter that was too high, and only then', async () => {
  await callYesterday();
  const corrected = async (requests: number) => {
    await sql.query('UPDATE plan_use SET requests = $2 WHERE organization_id = $1', [admin.organizationId, requests]);
    await reconcile();
    const { rows } = await sql.query('SELECT corrections FROM plan_use WHERE organization_id = $1', [
      admin.organizationId,
    ]);
    return rows[0]?.corrections;
  };
  expect(await corrected(7)).toBe(0);
  expect(await corrected(999)).toBe(1);
});

test('figures outlive logs: an hour of which none is left keeps its counts', async () => {
  await callYesterday();
  const before = await counted();
  await sql.query('DELETE FROM request_log WHERE organization_id = $1', [admin.organizationId]);
  await reconcile();
  expect(await counted()).toEqual(before);
});

test('admins are told once at 80 % and once at 100 %, of the plan and of budgets', async () => {
  const { organizationId } = admin;
  await sql.query('INSERT INTO plan (organization_id, requests_per_month) VALUES ($1, 1000)', [organizationId]);
  await ask('update_budget', { agent: agentId, requests_per_month: 5, spend_per_month: 0.01 });
  const calls = (count: number) =>
    write(
      Array.from({ length: count }, () => requestLogRow({ time: now, organizationId, agentId, spendMicros: 1_000 })),
    );
  const tellTwice = async () => {
    for (let time = 0; time < 2; time += 1) await new MockActivityEnvironment().run(activities.tellOfLimits);
    const { rows } = await sql.query('SELECT text FROM alert WHERE organization_id = $1 ORDER BY fired_at, text', [
      organizationId,
    ]);
    return rows.map(({ text }) => text.replace(/ in \d{4}.*/, ''));
  };
  await calls(3);
  expect(await tellTwice()).toEqual([]);
  await calls(1);
  expect(await tellTwice()).toEqual(['stripe-relay has used 4 of its budget of 5 requests']);
  await calls(1);
  expect((await tellTwice()).slice(1)).toEqual(['stripe-relay has used 5 of its budget of 5 requests']);
  await calls(800);
  expect((await tellTwice()).slice(2).sort()).toEqual([
    expect.stringMatching(/^Organization .* has used 805 of the plan's 1000 requests$/),
    'stripe-relay has used 0.805 of its budget of 0.01 ',
  ]);
  await ask('update_budget', { agent: agentId, requests_per_month: 10_000, spend_per_month: null });
  await tellTwice();
  const { rows } = await sql.query(
    `SELECT target_kind, state FROM alert WHERE organization_id = $1 AND state <> 'resolved'`,
    [organizationId],
  );
  expect(rows).toEqual([{ target_kind: 'organization', state: 'firing' }]);
});

test('a limit that was changed and set back is told of again, and what became of it stands', async () => {
  const { organizationId } = admin;
  await write(Array.from({ length: 9 }, () => requestLogRow({ time: now, organizationId, agentId })));
  const told = async (requests_per_month: number) => {
    await ask('update_budget', { agent: agentId, requests_per_month, spend_per_month: null });
    for (let time = 0; time < 2; time += 1) await new MockActivityEnvironment().run(activities.tellOfLimits);
    const { rows } = await sql.query('SELECT state FROM alert WHERE organization_id = $1 ORDER BY id', [
      organizationId,
    ]);
    return rows.map(({ state }) => state);
  };
  expect(await told(10)).toEqual(['firing']);
  expect(await told(100)).toEqual(['resolved']);
  expect(await told(10)).toEqual(['resolved', 'firing']);
  expect(await told(9)).toEqual(['resolved', 'resolved', 'firing']);
});
