import { DAY_MS } from '../../core/domain/times.ts';
import { monthOf } from '../../core/domain/usage-month.ts';
import { listRequestLogs } from '../../core/services/request-logs.ts';
import { summarizeTraffic } from '../../core/services/traffic-summary.ts';
import { readMonthlyUse } from '../../core/services/usage.ts';
import { type Database, type OrganizationTransaction, openDatabase } from '../../core/store/database.ts';
import { seededRandom } from '../../tests/servers/seeded-random.ts';
import { backendCpuMs } from './backend-cpu.ts';
import type { LogSetting } from './log-setting.ts';
import type { CallingAgent } from './seeded-calls.ts';

/** As the app's connections call themselves. */
const APPLICATION = 'agentgateway';
const TIMES_ASKED = 40;
/** So many of an organization's biggest questions at once do not fit into its share of the connections. */
const FLOOD = 12;

export interface AskedOrganization {
  organizationId: string;
  agents: readonly CallingAgent[];
}

type Question = (transaction: OrganizationTransaction) => Promise<unknown>;

/**
 * Milliseconds that each answer took, connection and transaction included, one question after the other; and what it cost
 * Postgres, in milliseconds of CPU time, whoever else had the machine.
 */
export async function askQuestions({ urls, sql }: LogSetting, neighbour: AskedOrganization, asked: AskedOrganization) {
  const database = openDatabase(urls.app);
  const { organizationId, agents } = asked;
  const random = seededRandom(4);
  const now = Date.now();
  const week = { groupBy: 'agent', since: new Date(now - 7 * DAY_MS) } as const;
  const cpuMs: Record<string, number> = {};
  const ask = async (name: string, question: Question) => {
    const before = await backendCpuMs(sql, APPLICATION);
    const milliseconds = await repeated(database, organizationId, question);
    cpuMs[name] = ((await backendCpuMs(sql, APPLICATION)) - before) / TIMES_ASKED;
    return milliseconds;
  };
  const weekByEveryAgent: Question = (transaction) => summarizeTraffic(transaction, { ...week, limit: 200 });
  const lastCalls: Question = (transaction) => {
    const agentId = agents[Math.floor(random() * agents.length)]?.id;
    return listRequestLogs(transaction, { agentId, since: new Date(now - 30 * DAY_MS), limit: 50 });
  };
  const answers = {
    usage: await ask('usage', (transaction) => readMonthlyUse(transaction, monthOf(now), now)),
    weekByAgent: await ask('weekByAgent', (transaction) => summarizeTraffic(transaction, { ...week, limit: 20 })),
    weekByEveryAgent: await ask('weekByEveryAgent', weekByEveryAgent),
    lastOfAgent: await ask('lastOfAgent', lastCalls),
    failures: await ask('failures', (transaction) =>
      listRequestLogs(transaction, { status: { from: 500, to: 599 }, since: new Date(now - DAY_MS), limit: 50 }),
    ),
  };
  const flooded = flood(() => database.inOrganization(organizationId, weekByEveryAgent));
  const besideFlood = await repeated(database, neighbour.organizationId, lastCalls);
  await flooded.end();
  await database.close();
  return { ...answers, neighbour: besideFlood, cpuMs };
}

/** Keeps asking, so many at once, until it is ended. */
function flood(ask: () => Promise<unknown>) {
  let isOver = false;
  const asker = async () => {
    while (!isOver) await ask();
  };
  const askers = Promise.all(Array.from({ length: FLOOD }, asker));
  return {
    async end() {
      isOver = true;
      await askers;
    },
  };
}

async function repeated(database: Database, organizationId: string, question: Question): Promise<number[]> {
  const milliseconds: number[] = [];
  for (let time = 0; time < TIMES_ASKED; time += 1) {
    const startedAt = performance.now();
    await database.inOrganization(organizationId, question);
    milliseconds.push(performance.now() - startedAt);
  }
  return milliseconds;
}

export function p95(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.ceil(values.length * 0.95) - 1] ?? Number.NaN;
}
