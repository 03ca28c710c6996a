import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../../../core/domain/caller.ts';
import type { HealthParts } from '../../../core/domain/health-parts.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/domain/times.ts';
import { type JobsDatabase, openJobsDatabase } from '../../../core/store/jobs-database.ts';
import type { RequestLogRow } from '../../../core/store/request-log-row.ts';
import { RequestLogUpload } from '../../../core/store/request-log-upload.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../../servers/seed.ts';
import { call } from '../operations/call.ts';
import { requestLogRow } from './request-log-rows.ts';

let stack: TestDependencies;
let jobs: JobsDatabase;
let [sql, writer]: [pg.Client, pg.Client] = [new pg.Client(), new pg.Client()];
let caller: Caller;
let agentId: string;

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
  caller = await seedCaller(stack.dependencies.database);
  agentId = await seedAgent(stack.dependencies.database, caller.organizationId);
});

/**
 * Half past a minute, so that the window ends within it; at the next noon, so that an hour before and after are of the
 * same day, and that a score is never too old to be shown.
 */
const now = Math.floor((Date.now() + DAY_MS / 2) / DAY_MS) * DAY_MS + DAY_MS / 2 + MINUTE_MS / 2;
const since = now + MINUTE_MS / 2 - HOUR_MS;

const keep = (at = now) => jobs.keepHealthScores(new Date(at), () => {});
const write = (rows: RequestLogRow[]) => new RequestLogUpload().write(writer, uuid(), [{ number: 1, rows }]);
const callAt = (time: number, given: Partial<RequestLogRow> = {}) =>
  requestLogRow({ organizationId: caller.organizationId, agentId, time, ...given });
const calls = (count: number, given: Partial<RequestLogRow> = {}) =>
  Array.from({ length: count }, () => callAt(now - MINUTE_MS, given));

interface Kept {
  score: number | null;
  calls: number;
  parts: HealthParts;
}

async function kept(id = agentId): Promise<Kept | undefined> {
  const { rows } = await sql.query<Kept>(
    'SELECT score::float8 AS score, calls::float8 AS calls, parts FROM agent_health WHERE agent_id = $1',
    [id],
  );
  return rows[0];
}

test('a score counts each call of its hour once, also late and repeated ones, and none besides', async () => {
  const call = fc.record({
    time: fc.integer({ min: since - 3 * MINUTE_MS, max: now + 3 * MINUTE_MS }),
    status: fc.constantFrom(200, 200, 301, 401, 404, 429, 499, 500, 503),
    latencyMs: fc.integer({ min: 0, max: 1_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(call, { maxLength: 20 }), { maxLength: 4 }), async (batches) => {
      await sql.query('TRUNCATE traffic_minute, agent_health');
      const upload = new RequestLogUpload();
      const writerId = uuid();
      const all: RequestLogRow[] = [];
      for (const [index, batch] of batches.entries()) {
        const rows = batch.map((given) => callAt(given.time, given));
        all.push(...rows);
        await upload.write(writer, writerId, [{ number: index + 1, rows }]);
        await upload.write(writer, writerId, [{ number: index + 1, rows }]);
        await keep();
      }
      const within = all.filter(({ time }) => time >= since && time < since + HOUR_MS);
      const found = await kept();
      if (within.length === 0) return expect(found?.score ?? null).toBeNull();
      const having = (statuses: number[]) => within.filter(({ status }) => statuses.includes(status)).length;
      expect(found).toMatchObject({
        calls: within.length,
        parts: {
          errors: { calls: having([401, 500, 503]), mistaken: having([404, 499]) },
          throttling: { calls: having([429]) },
        },
      });
    }),
    { numRuns: 20, endOnFailure: true },
  );
});

test('an agent whose last call has left the window has no data, and again has with its next', async () => {
  await write(calls(3));
  await keep();
  expect(await kept()).toMatchObject({ score: 100, calls: 3 });
  await keep(now + 58 * MINUTE_MS);
  expect(await kept()).toMatchObject({ score: 100, calls: 3 });
  await keep(now + 59 * MINUTE_MS);
  expect(await kept()).toMatchObject({ score: null, calls: 0 });
  await write([callAt(now + 80 * MINUTE_MS)]);
  await keep(now + 80 * MINUTE_MS);
  expect(await kept()).toMatchObject({ score: 100, calls: 1 });
});

test('a run that comes late never puts an older score in the place of a newer', async () => {
  await write(calls(5, { status: 500 }));
  await keep(now);
  const { score } = (await kept()) as Kept;
  await write(calls(500));
  await keep(now - 2 * MINUTE_MS);
  expect((await kept())?.score).toBe(score);
});

describe('latency against the agent’s own week', () => {
  /** So many calls of some day, as its rollup has them. */
  async function history(count: number, latencyMs: number, daysAgo: number): Promise<void> {
    const time = now - (now % DAY_MS) - daysAgo * DAY_MS + 1;
    await write(Array.from({ length: count }, () => callAt(time, { latencyMs })));
    await jobs.logs.rollUpTraffic(() => {});
  }

  test('calls slower than usual cost points; those that failed do not count as fast', async () => {
    await history(200, 200, 3);
    await write([...calls(300, { latencyMs: 900 }), ...calls(5, { latencyMs: 1, status: 500 })]);
    await keep();
    const { parts } = (await kept()) as Kept;
    expect(parts.latency).toMatchObject({ points: 20, calls: 300 });
    expect(parts.latency.baseline_p95_ms).toBeGreaterThan(190);
    expect(parts.latency.slow_above_ms).toBeLessThan(320);
  });

  test.each<[string, [count: number, latencyMs: number, daysAgo: number]]>([
    ['too few calls', [99, 20, 1]],
    ['today’s calls, which may be the trouble itself', [200, 20, 0]],
    ['calls of eight days ago', [200, 20, 8]],
  ])('%s make no baseline', async (_, given) => {
    // Of an hour that is over: else today's would stand in the window.
    await history(...given);
    await sql.query('DELETE FROM traffic_minute');
    await write(calls(300, { latencyMs: 900 }));
    await keep();
    expect((await kept())?.parts.latency).toMatchObject({ points: 0, baseline_p95_ms: null });
  });

  test('a baseline follows its days within the hour', async () => {
    await write(calls(300, { latencyMs: 900 }));
    await keep();
    await history(200, 200, 1);
    await keep();
    expect((await kept())?.parts.latency.points).toBe(0);
    await write([callAt(now + HOUR_MS, { latencyMs: 900 }), ...calls(300, { latencyMs: 900, time: now + HOUR_MS })]);
    await keep(now + HOUR_MS);
    expect((await kept())?.parts.latency.points).toBe(20);
  });
});

describe('how long the breaker was open', () => {
  /** Minutes from now; what it was told with. */
  type Change = [minutes: number, to: 'open' | 'half_open' | 'closed', other?: { probe?: number; until?: number }];
  const at = (minutes: number) => new Date(now + minutes * MINUTE_MS);

  test.each<[string, number, Change[]]>([
    ['never', 0, []],
    ['until its cool-down is over, if no call tries', 300, [[-30, 'open', { probe: -25 }]]],
    [
      'until a call tries',
      240,
      [
        [-30, 'open', { probe: -25 }],
        [-26, 'half_open', { probe: -20 }],
        [-25, 'closed'],
      ],
    ],
    ['from before the window', 570, [[-200, 'open', { probe: -50 }]]],
    ['only before the window', 0, [[-200, 'open', { probe: -100 }]]],
    ['still now, its cool-down ahead', 120, [[-2, 'open', { probe: 3 }]]],
    [
      'twice',
      180,
      [
        [-30, 'open', { probe: -10 }],
        [-28, 'closed'],
        [-20, 'open', { probe: -10 }],
        [-19, 'closed'],
      ],
    ],
    ['by hand, until the hold is over', 600, [[-30, 'open', { until: -20 }]]],
    [
      'by hand, ended early',
      60,
      [
        [-30, 'open', { until: 500 }],
        [-29, 'closed'],
      ],
    ],
    [
      'and reset in the same moment',
      0,
      [
        [-30, 'open', { probe: -20 }],
        [-30, 'closed'],
      ],
    ],
    ['says a relay whose clock is ahead', 0, [[7, 'open', { probe: 20 }]]],
  ])('%s', async (_, seconds, changes) => {
    await write(calls(10));
    for (const [minutes, to, { probe, until } = {}] of changes) {
      await sql.query(
        `INSERT INTO circuit_breaker_event (id, organization_id, agent_id, time, from_state, to_state, why, evidence, next_probe_at)
         VALUES ($1, $2, $3, $4, 'closed', $5, 'test', $6, $7)`,
        [
          uuid(),
          caller.organizationId,
          agentId,
          at(minutes),
          to,
          until === undefined ? {} : { until: at(until) },
          probe === undefined ? null : at(probe),
        ],
      );
    }
    await keep();
    expect((await kept())?.parts.breaker.open_seconds).toBe(seconds);
  });
});

describe('a credential that ends', () => {
  async function link(expiresInDays: number, other: Record<string, unknown> = {}): Promise<string> {
    const id = uuid();
    await stack.dependencies.database.inOrganization(caller.organizationId, async (transaction) => {
      const { organizationId } = caller;
      const expiresAt = new Date(now + expiresInDays * DAY_MS);
      const name = `key-${id.slice(-6)}`;
      await transaction.credential.create({
        data: { id, organizationId, name, status: 'active', createdBy: caller.person.id, expiresAt, ...other },
      });
      await transaction.credentialLink.create({
        data: { organizationId, agentId, credentialId: id, injection: { kind: 'bearer' } },
      });
    });
    return id;
  }

  test('costs the more the nearer its end is: of several the first counts', async () => {
    await link(10);
    const first = await link(7);
    await write(calls(10));
    await keep();
    expect((await kept())?.parts.credential).toMatchObject({ points: 5, id: first });
    expect((await kept())?.score).toBe(95);
  });

  test.each<[string, number, Record<string, unknown>]>([
    ['not yet', 15, {}],
    ['not if it rotates by itself before', 7, { rotationDueAt: new Date(now + DAY_MS) }],
    ['not once it is deleted', 7, { status: 'deleted', deletedAt: new Date(now) }],
  ])('%s', async (_, days, other) => {
    await link(days, other);
    await write(calls(10));
    await keep();
    expect(await kept()).toMatchObject({ score: 100, parts: { credential: { points: 0, id: null } } });
  });
});

test('a deleted agent has no score; restored, it has one again', async () => {
  await write(calls(10));
  await keep();
  const update = 'UPDATE agent SET deleted_at = $2 WHERE id = $1';
  await sql.query(update, [agentId, new Date(now)]);
  await keep();
  expect(await kept()).toBeUndefined();
  await sql.query(update, [agentId, null]);
  await keep();
  expect(await kept()).toMatchObject({ score: 100, calls: 10 });
});

test('counts that no number of JavaScript holds keep the score within its bounds, and others’ scores coming', async () => {
  const other = await seedAgent(stack.dependencies.database, caller.organizationId, 'other-relay');
  await write([...calls(2, { status: 500 }), callAt(now, { agentId: other })]);
  await sql.query('UPDATE traffic_minute SET requests = 9e18::bigint WHERE agent_id = $1', [agentId]);
  await keep();
  expect((await kept())?.score).toBe(20);
  expect((await kept(other))?.score).toBe(100);
});

test('invariant 7: calls that name another organization’s agent give it no score, and a score is its own’s alone', async () => {
  const foreigner = await seedCaller(stack.dependencies.database);
  await write([...calls(10, { organizationId: foreigner.organizationId, status: 500 })]);
  await keep();
  expect(await kept()).toBeUndefined();
  await write(calls(10));
  await keep();
  expect(await call(stack.dependencies, foreigner, 'list_health_scores')).toMatchObject({ items: [] });
  expect(await call(stack.dependencies, caller, 'list_health_scores')).toMatchObject({ items: [{ score: 100 }] });
});
