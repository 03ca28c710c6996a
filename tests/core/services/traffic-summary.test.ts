import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import pg from 'pg';
import { DAY_MS, HOUR_MS } from '../../../core/domain/times.ts';
import { monthOf } from '../../../core/domain/usage-month.ts';
import type { TrafficGroup } from '../../../core/services/traffic-groups.ts';
import { summarizeTraffic, type TrafficQuestion } from '../../../core/services/traffic-summary.ts';
import { readMonthlyUse } from '../../../core/services/usage.ts';
import { type Database, openDatabase } from '../../../core/store/database.ts';
import { type JobsDatabase, openJobsDatabase } from '../../../core/store/jobs-database.ts';
import { startTestDatabase, type TestDatabase } from '../../servers/database.ts';
import { requestLogRow } from '../store/request-log-rows.ts';
import { agentIds, FORGET_TRAFFIC, line, organizationId, sendLine } from '../store/traffic-batches.ts';

let testDatabase: TestDatabase;
let database: Database;
let jobs: JobsDatabase;
let [sql, writer]: [pg.Client, pg.Client] = [new pg.Client(), new pg.Client()];

beforeAll(async () => {
  testDatabase = await startTestDatabase();
  [sql, writer] = [testDatabase.urls.superuser, testDatabase.urls.logWriter].map(
    (connectionString) => new pg.Client({ connectionString }),
  ) as [pg.Client, pg.Client];
  await Promise.all([sql.connect(), writer.connect()]);
  database = openDatabase(testDatabase.urls.app);
  jobs = openJobsDatabase(testDatabase.urls.jobs);
  await sql.query(`INSERT INTO organization (id, name) VALUES ($1, 'Acme')`, [organizationId]);
  for (const [index, id] of agentIds.entries()) {
    await sql.query(
      `INSERT INTO agent (id, organization_id, name, upstream_url) VALUES ($1, $2, $3, 'https://x.test')`,
      [id, organizationId, `agent-${index}`],
    );
  }
});
afterAll(async () => {
  await Promise.all([database.close(), jobs.close(), sql.end(), writer.end()]);
  await testDatabase.stop();
});

const summarize = (question: Partial<TrafficQuestion> & Pick<TrafficQuestion, 'groupBy' | 'since'>) =>
  database.inOrganization(organizationId, (transaction) => summarizeTraffic(transaction, { limit: 200, ...question }));

const KEYS: Partial<Record<TrafficGroup, string>> = {
  none: "'all'",
  agent: '(SELECT name FROM agent a WHERE a.id = l.agent_id)',
  status: 'status::text',
  hour: `to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24":00:00.000Z"')`,
  day: `to_char(time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T00:00:00.000Z"')`,
};
const groups = Object.keys(KEYS) as TrafficGroup[];

/** The same by plain SQL over the rows themselves: it shares nothing with the product's counting. */
const recount = (group: TrafficGroup) => `
  WITH calls AS (SELECT *, CASE WHEN latency_ms < 1 THEN 0 ELSE 1 + ceil(ln(latency_ms::float8) / ln(1.1::float8)) END AS bucket
    FROM request_log WHERE time >= $1 AND time < $2 AND agent_id = coalesce($3, agent_id) AND status BETWEEN $4 AND $5),
  groups AS (SELECT ${KEYS[group]} AS key, count(*)::int AS requests, count(*) FILTER (WHERE status >= 400)::int AS errors,
      sum(bytes_in)::int AS bytes_in, sum(bytes_out)::int AS bytes_out, coalesce(sum(spend_micros), 0)::float8 / 1e6 AS spend,
      percentile_disc(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY bucket) AS buckets
    FROM calls l GROUP BY 1)
  SELECT key, requests, errors, bytes_in, bytes_out, spend,
    ARRAY(SELECT CASE WHEN b = 0 THEN 0 ELSE round((2 * 1.1 ^ (b - 1) / 2.1)::numeric, 1)::float8 END FROM unnest(buckets) b) AS latencies
  FROM groups ORDER BY key`;

type Answer = Awaited<ReturnType<typeof summarize>>;

const told = ({ items }: Answer) =>
  items
    .map(({ key, requests, errors, bytes_in, bytes_out, spend, p50_ms, p95_ms, p99_ms }) => ({
      key,
      requests,
      errors,
      bytes_in,
      bytes_out,
      spend: spend.amount,
      latencies: [p50_ms, p95_ms, p99_ms],
    }))
    .sort((one, other) => (one.key < other.key ? -1 : 1));

const question = fc.record({
  group: fc.constantFrom(...groups),
  sinceAgo: fc.integer({ min: HOUR_MS, max: 4 * DAY_MS }),
  lasts: fc.option(fc.integer({ min: 1, max: 4 * DAY_MS })),
  agentId: fc.option(fc.constantFrom(...agentIds), { nil: undefined }),
  status: fc.option(fc.constantFrom({ from: 200, to: 299 }, { from: 400, to: 503 }), { nil: undefined }),
});

test('summaries and usage equal a plain recount of the rows, wherever the making of hours and days stands', async () => {
  await fc.assert(
    fc.asyncProperty(line, line, fc.array(question, { minLength: 1, maxLength: 4 }), async (one, other, questions) => {
      await sql.query(FORGET_TRAFFIC);
      await sendLine(writer, one);
      await jobs.logs.rollUpTraffic(() => {});
      await jobs.logs.forgetOldTraffic();
      await sendLine(writer, other);
      for (const { group, sinceAgo, lasts, agentId, status } of questions) {
        const since = new Date(Date.now() - sinceAgo);
        const until = lasts === null ? undefined : new Date(since.getTime() + lasts);
        const answer = await summarize({ groupBy: group, since, until, agentId, status });
        const end = until === undefined ? new Date(Date.now() + DAY_MS) : wholeUntil(answer, until);
        const { from, to } = status ?? { from: 0, to: 999 };
        const { rows } = await sql.query(recount(group), [answer.since, end, agentId ?? null, from, to]);
        expect(told(answer)).toEqual(rows);
        expect(answer.total.requests).toBe(rows.reduce((sum, { requests }) => sum + requests, 0));
      }
      await expectSameUsage();
    }),
    { numRuns: 60, endOnFailure: true },
  );
});

test('calls that came late into the rest of a day are not taken away from it before it has them', async () => {
  await sql.query(FORGET_TRAFFIC);
  await jobs.logs.forgetOldTraffic();
  const day = new Date(Math.floor(Date.now() / DAY_MS - 5) * DAY_MS);
  const until = new Date(day.getTime() + 13 * HOUR_MS);
  const callAt = (time: number, latencyMs: number) =>
    requestLogRow({ time, organizationId, agentId: agentIds[0] as string, latencyMs });
  const [morning, evening] = [day.getTime() + HOUR_MS, day.getTime() + 20 * HOUR_MS];
  await sendLine(writer, [{ rows: [callAt(morning, 10), callAt(morning, 1_000)], repeats: false }]);
  await jobs.logs.rollUpTraffic(() => {});
  const before = told(await summarize({ groupBy: 'agent', since: day, until }));
  await sendLine(writer, [{ rows: [callAt(evening, 1_000), callAt(evening, 1_000)], repeats: false }]);
  expect(told(await summarize({ groupBy: 'agent', since: day, until }))).toEqual(before);
});

const USED = `
  WITH calls AS (SELECT agent_id::text, (time AT TIME ZONE 'UTC')::date::text AS day, coalesce(spend_micros, 0) AS spend FROM request_log
    WHERE time >= date_trunc('month', now(), 'UTC')
      AND (error_code IS NULL OR error_code NOT IN ('rate_limited', 'plan_limit_reached', 'agent_disabled', 'host_not_allowed', 'circuit_open')))
  SELECT agent_id AS key, count(*)::int AS requests, sum(spend)::int AS "spendMicros" FROM calls GROUP BY 1
  UNION ALL SELECT day, count(*)::int, sum(spend)::int FROM calls GROUP BY 1 ORDER BY key`;
const COUNTER = `SELECT coalesce(sum(requests), 0)::int AS requests FROM plan_use WHERE month = date_trunc('month', now() AT TIME ZONE 'UTC')`;

async function expectSameUsage(): Promise<void> {
  const now = Date.now();
  const used = await database.inOrganization(organizationId, (transaction) =>
    readMonthlyUse(transaction, monthOf(now), now),
  );
  const told = [...used.agents, ...used.days].map(([key, { requests, spendMicros }]) => ({
    key,
    requests,
    spendMicros,
  }));
  expect(told.sort((one, other) => (one.key < other.key ? -1 : 1))).toEqual((await sql.query(USED)).rows);
  expect((await sql.query(COUNTER)).rows).toEqual([{ requests: used.requests }]);
}

/** An end in the future is told as now. */
function wholeUntil(answer: Answer, until: Date): Date {
  return until.getTime() > Date.now() ? until : new Date(answer.until);
}
