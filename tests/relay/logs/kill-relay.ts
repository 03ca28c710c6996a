import type { ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { bearerHash, newBearerSecret } from '../../../core/vault/bearer-secret.ts';
import { endProcess, startListening } from '../../servers/child-process.ts';
import { startTestDatabase } from '../../servers/database.ts';
import { seededRandom } from '../../servers/seeded-random.ts';
import { openTcpGate, type TcpGate } from '../../servers/tcp-gate.ts';
import { startUpstream } from '../relay-harness.ts';

const CALLERS = 12;

/** Starts a real relay process; gives it once it can check keys. */
async function startRelay(environment: NodeJS.ProcessEnv): Promise<{ child: ChildProcess; port: number }> {
  const relay = await startListening('relay/main.ts', environment);
  while (!(await fetch(`http://127.0.0.1:${relay.port}/-/readyz`)).ok) await pause(10);
  return relay;
}

/** Calls until the relay is gone; adds the request IDs of answers that came complete. */
async function callUntilDead(port: number, key: string, answered: Set<string>): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const call = () =>
    new Promise<void>((resolve, reject) => {
      get({ port, path: '/durable/x', headers: { 'x-agentgateway-key': key }, agent }, (answer) => {
        answer.resume();
        answer.on('end', () => {
          if (answer.complete && answer.statusCode === 200) {
            answered.add(String(answer.headers['x-agentgateway-request-id']));
          }
          resolve();
        });
        answer.on('error', reject);
      }).on('error', reject);
    });
  try {
    for (;;) await call();
  } catch {
    agent.destroy();
  }
}

/** Postgres as log writers find it: up, away, or coming and going. */
async function disturb(gate: TcpGate, random: () => number, until: () => boolean): Promise<void> {
  const mode = Math.floor(random() * 3);
  if (mode === 1) await gate.shut();
  while (mode === 2 && !until()) {
    await gate.shut();
    await pause(random() * 150);
    await gate.open();
    await pause(random() * 150);
  }
}

export interface KillOutcome {
  answered: number;
  missing: number;
  /** Rows beyond one for a request ID. */
  doubles: number;
  rows: number;
  /** What the minutes' traffic counts. */
  counted: number;
  foldersLeft: number;
}

/** Kills relays (SIGKILL) in the middle of their work, over and over, then lets one settle what they left. */
export async function killRelays(seed: number, rounds: number): Promise<KillOutcome> {
  const random = seededRandom(seed);
  const database = await startTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-kill-'));
  const upstream = await startUpstream((_request, response) => response.end('answer'));
  const sql = new pg.Client({ connectionString: database.urls.superuser });
  await sql.connect();
  const key = newBearerSecret('agk_');
  await addDurableAgent(sql, upstream.url, key);
  const logWriter = new URL(database.urls.logWriter);
  const gate = await openTcpGate({ host: logWriter.hostname, port: Number(logWriter.port) });
  const environment = {
    PATH: process.env.PATH,
    AGENTGATEWAY_DATA_DIR: dataDir,
    AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8',
    DATABASE_URL_RELAY: database.urls.relay,
    DATABASE_URL_LOG_WRITER: Object.assign(logWriter, { hostname: '127.0.0.1', port: gate.port }).href,
    RELAY_PORT: '0',
    LOG_LEVEL: 'info',
  };
  const answered = new Set<string>();
  try {
    for (let round = 0; round < rounds; round += 1) {
      const { child, port } = await startRelay(environment);
      const callers = Array.from({ length: CALLERS }, () => callUntilDead(port, key, answered));
      const disturbance = disturb(gate, random, () => child.signalCode !== null);
      await pause(50 + random() * 900);
      await Promise.all([endProcess(child, 'SIGKILL'), disturbance, ...callers]);
      await gate.shut();
      await gate.open();
    }
    const { child } = await startRelay(environment);
    await untilSettled(join(dataDir, 'spool'));
    await endProcess(child, 'SIGTERM');
    return await outcome(sql, answered, join(dataDir, 'spool'));
  } finally {
    await gate.shut();
    await upstream.stop();
    await sql.end();
    await database.stop();
    await rm(dataDir, { recursive: true });
  }
}

async function addDurableAgent(sql: pg.Client, upstreamUrl: string, key: string): Promise<void> {
  const organizationId = randomUUID();
  await sql.query("INSERT INTO organization (id, name) VALUES ($1, 'Acme')", [organizationId]);
  await sql.query(
    `INSERT INTO agent (id, organization_id, name, upstream_url, routing)
     VALUES (gen_random_uuid(), $1, 'durable', $2, '{"durable_logs": true}')`,
    [organizationId, upstreamUrl],
  );
  await sql.query(
    `INSERT INTO agent_key (id, organization_id, name, hash, fingerprint, created_by)
     VALUES (gen_random_uuid(), $1, 'test', $2, '…', $1)`,
    [organizationId, bearerHash(key)],
  );
}

const foldersIn = async (spool: string) => (await readdir(spool).catch(() => [])).length;

async function untilSettled(spool: string): Promise<void> {
  while ((await foldersIn(spool)) > 0) await pause(20);
}

async function outcome(sql: pg.Client, answered: Set<string>, spool: string): Promise<KillOutcome> {
  const ids = [...answered];
  const { rows } = await sql.query(
    `SELECT (SELECT count(*)::int FROM unnest($1::uuid[]) AS answer (id) LEFT JOIN request_log l USING (id) WHERE l.id IS NULL)
        AS missing,
      (SELECT count(*)::int - count(DISTINCT id)::int FROM request_log) AS doubles,
      (SELECT count(*)::int FROM request_log) AS rows,
      (SELECT sum(requests)::int FROM traffic_minute) AS counted`,
    [ids],
  );
  return { answered: ids.length, ...rows[0], foldersLeft: await foldersIn(spool) };
}
