import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Caller } from '../../../core/domain/caller.ts';
import { HOUR_MS, MINUTE_MS } from '../../../core/domain/times.ts';
import { type JobsDatabase, openJobsDatabase } from '../../../core/store/jobs-database.ts';
import { RequestLogUpload } from '../../../core/store/request-log-upload.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../../servers/seed.ts';
import { requestLogRow } from '../store/request-log-rows.ts';
import { call, throughApp } from './call.ts';

let stack: TestDependencies;
let jobs: JobsDatabase;
let [sql, writer]: [pg.Client, pg.Client] = [new pg.Client(), new pg.Client()];
let caller: Caller;

beforeAll(async () => {
  stack = await testDependencies();
  const { urls } = stack.testDatabase;
  jobs = openJobsDatabase(urls.jobs);
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
  caller = await seedCaller(stack.dependencies.database, 'operator');
});

const ask = (name: string, input: object = {}) => call(stack.dependencies, caller, name, input);

/** Agents of which so many of a hundred calls fail; null: nobody calls it. */
async function agentsThatFail(agents: Record<string, number | null>): Promise<void> {
  const rows = [];
  for (const [name, failed] of Object.entries(agents)) {
    const agentId = await seedAgent(stack.dependencies.database, caller.organizationId, name);
    if (failed === null) continue;
    const { organizationId } = caller;
    for (let index = 0; index < 100; index += 1) {
      const isFailed = index < failed;
      const outcome = isFailed ? { status: 502, errorCode: 'upstream_unreachable' } : { status: 200 };
      rows.push(requestLogRow({ organizationId, agentId, time: Date.now() - MINUTE_MS, ...outcome }));
    }
  }
  await new RequestLogUpload().write(writer, crypto.randomUUID(), [{ number: 1, rows }]);
  await jobs.keepHealthScores(new Date(), () => {});
}

const FOUR = { 'a-silent-relay': null, 'b-good-relay': 0, 'c-dead-relay': 100, 'd-weak-relay': 10 };

test('the lowest score comes first, agents without data last, whichever list shows it and however it is paged', async () => {
  await agentsThatFail(FOUR);
  const inOrder = ['c-dead-relay', 'd-weak-relay', 'b-good-relay', 'a-silent-relay'];
  for (const [name, input, nameOf] of [
    ['list_health_scores', {}, 'agent'],
    ['list_agents', { sort: 'health' }, 'name'],
  ] as const) {
    const seen: string[] = [];
    let cursor: string | null | undefined;
    do {
      const page = await ask(name, { ...input, limit: 1, ...(cursor && { cursor }) });
      seen.push(page.items[0][nameOf]);
      cursor = page.next_cursor;
    } while (cursor !== null);
    expect(seen).toEqual(inOrder);
  }
  const { items } = await ask('list_agents', { sort: 'health' });
  expect(items.map(({ health }: { health: unknown }) => health)).toEqual([
    { score: 28.9 },
    { score: 76.7 },
    { score: 100 },
    { score: null },
  ]);
  expect((await ask('get_agent', { agent: 'd-weak-relay' })).agent.health).toEqual({ score: 76.7 });
});

test('a person asks for one agent’s health and breaker, however many others there are; an app has no such filter', async () => {
  await agentsThatFail(FOUR);
  const one = async (name: string) => (await ask(name, { agent: 'b-good-relay', limit: 1 })).items;
  expect(await one('list_health_scores')).toMatchObject([{ agent: 'b-good-relay', score: 100 }]);
  expect(await one('list_circuit_breakers')).toMatchObject([{ agent: 'b-good-relay', state: 'closed' }]);
  const app = throughApp(caller, ['usage:read']);
  const byApp = call(stack.dependencies, app, 'list_health_scores', { agent: 'b-good-relay' });
  await expect(byApp).rejects.toMatchObject({ code: 'invalid_request' });
});

test('below leaves out what has no data, and a score that is exactly there', async () => {
  await agentsThatFail(FOUR);
  const names = async (name: string, input: object, nameOf: string) =>
    (await ask(name, input)).items.map((item: Record<string, unknown>) => item[nameOf]);
  expect(await names('list_health_scores', { below: 80 }, 'agent')).toEqual(['c-dead-relay', 'd-weak-relay']);
  expect(await names('list_health_scores', { below: 76.7 }, 'agent')).toEqual(['c-dead-relay']);
  expect(await names('list_agents', { health_below: 80 }, 'name')).toEqual(['c-dead-relay', 'd-weak-relay']);
  expect(await names('list_agents', { health_below: 0 }, 'name')).toEqual([]);
});

test('a score tells what costs points and what brings them back', async () => {
  await agentsThatFail({ 'd-weak-relay': 10, 'quiet-relay': null });
  const [weak, quiet] = (await ask('list_health_scores')).items;
  expect(weak).toMatchObject({
    agent: 'd-weak-relay',
    calls: 100,
    parts: [
      {
        part: 'errors',
        points: 23.3,
        why: '10 of 100 calls failed (10 × upstream_unreachable).',
        tools: ['list_request_logs'],
      },
    ],
  });
  expect(Date.parse(weak.parts[0].at)).toBeGreaterThan(Date.now() + HOUR_MS - 3 * MINUTE_MS);
  expect(quiet).toEqual({
    agent: 'quiet-relay',
    id: quiet.id,
    score: null,
    calls: 0,
    parts: [],
    since: null,
    until: null,
    computed_at: null,
  });
});

test('a score that is old says nothing about now', async () => {
  await agentsThatFail({ 'd-weak-relay': 10 });
  await sql.query("UPDATE agent_health SET computed_at = now() - interval '11 minutes' WHERE organization_id = $1", [
    caller.organizationId,
  ]);
  expect((await ask('list_health_scores')).items).toMatchObject([{ score: null, calls: 0, parts: [] }]);
  expect((await ask('list_health_scores', { below: 80 })).items).toEqual([]);
  expect((await ask('list_agents', { sort: 'health' })).items).toMatchObject([{ health: { score: null } }]);
});

test('a deleted agent shows no health', async () => {
  await agentsThatFail({ 'd-weak-relay': 10 });
  await sql.query('UPDATE agent SET deleted_at = now() WHERE organization_id = $1', [caller.organizationId]);
  expect((await ask('list_health_scores')).items).toEqual([]);
  expect((await ask('list_agents', { sort: 'health' })).items).toEqual([]);
});

test('an hour of the history is the score that was worked out at its end; none without calls, and none of others’ agents', async () => {
  const { organizationId } = caller;
  const agentId = await seedAgent(stack.dependencies.database, organizationId, 'known-relay');
  await sql.query(
    `INSERT INTO agent_health (agent_id, organization_id, calls, parts, since, until, computed_at, baseline_p95_ms, baseline_at)
     VALUES ($1, $2, 0, '{}', to_timestamp(0), to_timestamp(0), to_timestamp(0), 100, now())`,
    [agentId, organizationId],
  );
  const present = Date.now() - (Date.now() % HOUR_MS);
  const calls = (hoursAgo: number, count: number, more: object = {}) =>
    Array.from({ length: count }, () =>
      requestLogRow({ organizationId, agentId, time: present - hoursAgo * HOUR_MS + MINUTE_MS, ...more }),
    );
  const rows = [
    ...calls(3, 60),
    ...calls(3, 30, { status: 502 }),
    ...calls(3, 10, { status: 429 }),
    ...calls(1, 80),
    ...calls(1, 20, { latencyMs: 400 }),
  ];
  await new RequestLogUpload().write(writer, crypto.randomUUID(), [{ number: 1, rows }]);
  const workedOut = [];
  for (const hoursAgo of [3, 2, 1]) {
    await jobs.keepHealthScores(new Date(present - (hoursAgo - 1) * HOUR_MS - 1), () => {});
    const { rows: kept } = await sql.query('SELECT score::float8 FROM agent_health WHERE agent_id = $1', [agentId]);
    workedOut.push(kept[0].score);
  }
  expect(workedOut).toEqual([expect.any(Number), null, expect.any(Number)]);
  const { since, items } = await ask('get_health_history', { agents: [agentId] });
  expect(Date.parse(since)).toBe(present - 24 * HOUR_MS);
  expect(items).toEqual([{ agent_id: agentId, scores: [...Array(21).fill(null), ...workedOut] }]);
  caller = await seedCaller(stack.dependencies.database, 'admin');
  const [other] = (await ask('get_health_history', { agents: [agentId] })).items;
  expect(other.scores).toEqual(Array(24).fill(null));
});

test.each<[string, object, RegExp]>([
  ['list_health_scores', { below: 101 }, /below/],
  ['list_health_scores', { below: -1 }, /below/],
  ['list_health_scores', { cursor: 'bm9wZQ' }, /cursor is none of ours/],
  ['list_agents', { health_below: '80' }, /health_below/],
])('%s %j tells what is wrong', async (name, input, message) => {
  await expect(ask(name, input)).rejects.toThrow(message);
});
