import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { LATE_MS } from '../../core/domain/alert-evaluation.ts';
import type { Caller } from '../../core/domain/caller.ts';
import { MINUTE_MS } from '../../core/domain/times.ts';
import { type JobsDatabase, openJobsDatabase } from '../../core/store/jobs-database.ts';
import type { RequestLogRow } from '../../core/store/request-log-row.ts';
import { RequestLogUpload } from '../../core/store/request-log-upload.ts';
import { type Answer, call } from '../core/operations/call.ts';
import { requestLogRow } from '../core/store/request-log-rows.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';

/** Calls of an agent in one minute, counted from the beginning. */
export interface CallsOfMinute {
  agentId: string;
  minute: number;
  ok?: number;
  failed?: number;
  row?: Partial<RequestLogRow>;
}

/** An organization with real rows, and a clock of its own that only moves forward: its minute 0 is the present one. */
export interface AlertTrial extends TestDependencies {
  sql: pg.Client;
  jobs: JobsDatabase;
  caller: Caller;
  /** Milliseconds since the epoch of minute 0. */
  start: number;
  addAgent(name: string): Promise<string>;
  run(operation: string, input?: object): Promise<Answer>;
  /** Makes a rule that watches from minute 0 on, however long ago that is by now. @returns the rule */
  createRule(input: object): Promise<Answer>;
  /**
   * Through the log writer, as the relay's calls come.
   * @param isRepeated the batch is sent once more, because its writer did not hear of its end
   */
  addCalls(calls: readonly CallsOfMinute[], isRepeated?: boolean): Promise<void>;
  /** Evaluates all windows up to the one that ends with this minute's beginning, once their late calls have come. */
  evaluateUntil(minute: number): Promise<void>;
  alerts(): Promise<AlertSeen[]>;
}

/** An alert with its times in minutes from the beginning. */
export interface AlertSeen {
  id: string;
  state: string;
  isGroup: boolean;
  agents: string[];
  since: number;
  fired: number;
  resolved: number | null;
  changes: string[];
}

export async function startTrial(): Promise<AlertTrial> {
  const test = await testDependencies();
  const { dependencies, testDatabase } = test;
  const sql = new pg.Client({ connectionString: testDatabase.urls.superuser });
  const writer = new pg.Client({ connectionString: testDatabase.urls.logWriter });
  await Promise.all([sql.connect(), writer.connect()]);
  const jobs = openJobsDatabase(testDatabase.urls.jobs);
  const caller = await seedCaller(dependencies.database);
  const now = Date.now();
  const start = now - (now % MINUTE_MS);
  const upload = new RequestLogUpload();
  const timeOf = (minute: number) => start + minute * MINUTE_MS;
  const minuteOf = (time: Date) => (time.getTime() - start) / MINUTE_MS;
  return {
    ...test,
    sql,
    jobs,
    caller,
    start,
    addAgent: (name) => seedAgent(dependencies.database, caller.organizationId, name),
    run: (operation, input = {}) => call(dependencies, caller, operation, input),
    async createRule(input) {
      const { alert_rule } = await call(dependencies, caller, 'create_alert_rule', input);
      await sql.query('UPDATE alert_rule SET evaluated_from = $1 WHERE id = $2', [new Date(start), alert_rule.id]);
      return alert_rule;
    },
    async addCalls(calls, isRepeated = false) {
      const rows = calls.flatMap(({ agentId, minute, ok = 0, failed = 0, row }) =>
        Array.from({ length: ok + failed }, (_, index) =>
          requestLogRow({
            organizationId: caller.organizationId,
            agentId,
            time: timeOf(minute) + (index % MINUTE_MS),
            status: index < ok ? 200 : 502,
            ...row,
          }),
        ),
      );
      const writerId = randomUUID();
      for (const _ of isRepeated ? [1, 2] : [1]) {
        if (rows.length > 0) await upload.write(writer, writerId, [{ number: 1, rows }]);
      }
    },
    evaluateUntil: (minute) => jobs.alerts.evaluateRules({ shard: 0, shards: 1 }, timeOf(minute) + LATE_MS),
    async alerts() {
      const { rows } = await sql.query(
        `SELECT a.id, a.state, a.is_group AS "isGroup", a.since, a.fired_at AS fired, a.resolved_at AS resolved,
           ARRAY(SELECT g.name FROM alert_agent m JOIN agent g ON g.id = m.agent_id WHERE m.alert_id = a.id ORDER BY 1) AS agents,
           ARRAY(SELECT change FROM alert_change c WHERE c.alert_id = a.id ORDER BY sequence) AS changes
         FROM alert a WHERE a.organization_id = $1 ORDER BY a.fired_at, agents`,
        [caller.organizationId],
      );
      return rows.map(({ since, fired, resolved, ...row }) => ({
        ...row,
        since: minuteOf(since),
        fired: minuteOf(fired),
        resolved: resolved === null ? null : minuteOf(resolved),
      }));
    },
    async stop() {
      await Promise.all([sql.end(), writer.end(), jobs.close()]);
      await test.stop();
    },
  };
}
