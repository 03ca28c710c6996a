import pg from 'pg';
import { v7 as uuid } from 'uuid';
import type { Database } from '../../core/store/database.ts';
import { openJobsDatabase } from '../../core/store/jobs-database.ts';
import type { RequestLogRow } from '../../core/store/request-log-row.ts';
import { RequestLogUpload } from '../../core/store/request-log-upload.ts';
import type { RoleUrls } from '../migrations/roles.ts';
import { type CalledAgent, type MonthWanted, monthOfCalls } from './month.ts';

/** About a day of calls. */
const BATCH_ROWS = 10_000;

export interface MonthSeed {
  database: Database;
  databaseUrls: Pick<RoleUrls, 'jobs' | 'logWriter'>;
  organizationId: string;
  agentKeyId: string;
  /** What a good call of an agent costs, in millionths of the currency. */
  spendMicros: Readonly<Record<string, number>>;
  /** Numbers in [0, 1). */
  random: () => number;
}

/**
 * Fills the request log with a month of calls the way a relay's log writer does, and lets the jobs add them up and score
 * the agents: so logs, traffic, usage and health agree.
 */
export async function seedMonth({ databaseUrls, ...seed }: MonthSeed): Promise<void> {
  const jobs = openJobsDatabase(databaseUrls.jobs);
  const writer = new pg.Client({ connectionString: databaseUrls.logWriter });
  await writer.connect();
  try {
    // Of long ago no minutes are kept: those calls go straight into hours.
    await jobs.logs.forgetOldTraffic();
    await writeCalls(writer, { ...seed, agents: await calledAgents(seed), now: Date.now() });
    await jobs.logs.rollUpTraffic(() => {});
    await jobs.keepHealthScores(new Date(), () => {});
  } finally {
    await writer.end();
    await jobs.close();
  }
}

async function writeCalls(writer: pg.Client, wanted: MonthWanted): Promise<void> {
  const [upload, writerId] = [new RequestLogUpload(), uuid()];
  let number = 0;
  let rows: RequestLogRow[] = [];
  const write = async () => {
    number += 1;
    await upload.write(writer, writerId, [{ number, rows }]);
    rows = [];
  };
  for (const call of monthOfCalls(wanted)) {
    rows.push(call);
    if (rows.length === BATCH_ROWS) await write();
  }
  if (rows.length > 0) await write();
}

async function calledAgents({
  database,
  organizationId,
  spendMicros,
}: Pick<MonthSeed, 'database' | 'organizationId' | 'spendMicros'>): Promise<Map<string, CalledAgent>> {
  const agents = await database.inOrganization(organizationId, (transaction) =>
    transaction.agent.findMany({
      include: { links: { include: { credential: { include: { versions: { where: { state: 'current' } } } } } } },
    }),
  );
  return new Map(
    agents.map(({ id, name, links }) => {
      const credentialVersionId = links[0]?.credential.versions[0]?.id;
      return [name, { id, credentialVersionId, spendMicros: spendMicros[name] ?? null }];
    }),
  );
}
