import { DAY_MS, MINUTE_MS } from '../../core/domain/times.ts';
import { openJobsDatabase } from '../../core/store/jobs-database.ts';
import { atLeast, atMost, report } from '../result.ts';
import { evaluateRules } from './alert-rules.ts';
import { forgetMinutes, writeHistory } from './log-history.ts';
import { takeIn } from './log-intake.ts';
import { addOrganization, type LogSetting, withLogSetting } from './log-setting.ts';
import { askQuestions, p95 } from './questions.ts';
import type { CallsWanted } from './seeded-calls.ts';

const DAYS = 30;
const AGENTS = 200;
/** Calls so new that hours are made without them: these are read from minutes. */
const FRESH_MS = 2 * MINUTE_MS;

/** How fast an organization's questions about its calls are answered, how fast calls go in, and what they take on disk. */
export function measureLogs(name: string, calls: number): Promise<void> {
  return withLogSetting(async (setting) => {
    const { organizationId, agents } = await addOrganization(setting, 'Bench', AGENTS);
    const now = Date.now();
    const yesterday = now - (now % DAY_MS) - DAY_MS;
    const callsFrom = (from: number, until: number, seed: number): CallsWanted => {
      return {
        organizationId,
        agents,
        from,
        until,
        count: Math.round((calls * (until - from)) / (DAYS * DAY_MS)),
        seed,
      };
    };
    const history = callsFrom(yesterday - (DAYS - 2) * DAY_MS, yesterday, 1);
    const historySeconds = await timed(() => writeHistory({ ...history, superuserUrl: setting.urls.superuser }));
    await forgetMinutes(setting.sql, yesterday);
    const taken = callsFrom(yesterday, now - FRESH_MS, 2);
    let ingestCpuSeconds = Number.NaN;
    const ingestSeconds = await timed(async () => {
      ingestCpuSeconds = await takeIn(setting.urls.logWriter, taken);
    });
    const jobs = openJobsDatabase(setting.urls.jobs);
    const rollUpSeconds = await timed(() => jobs.logs.rollUpTraffic(() => {}));
    await takeIn(setting.urls.logWriter, callsFrom(now - FRESH_MS, now, 3));
    const bytesPerRow = await sizeOfRows(setting);
    await setting.sql.query('VACUUM ANALYZE');
    const answers = await askQuestions(setting, await addOrganization(setting, 'Neighbour', 1), {
      organizationId,
      agents,
    });
    const scoreMs = 1_000 * (await timed(() => jobs.keepHealthScores(new Date(), () => {})));
    const evaluation = await evaluateRules(setting, organizationId);
    const dropMs = await dropOldestDay(setting, jobs.logs.dropExpiredDays);
    await jobs.close();
    report(
      name,
      {
        calls,
        days: DAYS,
        agents: AGENTS,
        historySeconds,
        rollUpSeconds,
        bytesPerRow,
        rowsPerCpuSecond: taken.count / ingestCpuSeconds,
        answers,
        scoreMs,
        evaluation,
        dropMs,
      },
      [
        atMost('usage of the month, p95 ms', p95(answers.usage), 50),
        atMost('a week by agent, p95 ms', p95(answers.weekByAgent), 100),
        atMost('a week by agent, all 200, p95 ms', p95(answers.weekByEveryAgent), 100),
        atMost('last 50 calls of an agent, p95 ms', p95(answers.lastOfAgent), 20),
        atMost('5xx of 24 hours, p95 ms', p95(answers.failures), 50),
        atMost("a neighbour's calls meanwhile, p95 ms", p95(answers.neighbour), 50),
        atMost('the health of 200 agents worked out, ms', scoreMs, 1_000),
        atMost('1,000 alert rules × 200 agents, a minute, p95 ms', p95(evaluation.minutes), 2_000),
        atMost('dropping a day, ms', dropMs, 200),
        atLeast('rows/s taken in', taken.count / ingestSeconds, 30_000),
        atMost('bytes a row, indexes included', bytesPerRow.log, 200),
      ],
    );
  });
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const startedAt = performance.now();
  await work();
  return (performance.now() - startedAt) / 1_000;
}

/** On disk, indexes included. */
async function sizeOfRows({ sql }: LogSetting): Promise<{ log: number; hours: number }> {
  const { rows } = await sql.query<{ log: number; hours: number }>(`
    SELECT (SELECT sum(pg_relation_size(inhrelid) + pg_indexes_size(inhrelid)) FROM pg_inherits
        WHERE inhparent = 'request_log'::regclass) / (SELECT count(*) FROM request_log)::float8 AS log,
      pg_total_relation_size('traffic_hour') / (SELECT count(*) FROM traffic_hour)::float8 AS hours`);
  return rows[0] ?? { log: Number.NaN, hours: Number.NaN };
}

/** As the hourly job does it, once no plan keeps the oldest day any more. */
async function dropOldestDay(
  { sql }: LogSetting,
  dropExpiredDays: (onProgress: () => void) => Promise<void>,
): Promise<number> {
  await sql.query('UPDATE plan SET retention_days = 28');
  const moments = [performance.now()];
  await dropExpiredDays(() => moments.push(performance.now()));
  return Math.max(...moments.slice(1).map((moment, index) => moment - (moments[index] ?? moment)));
}
