import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { loadConfig } from '../../../core/config.ts';
import { createAddressGuard } from '../../../core/outbound/address-guard.ts';
import { createDialer } from '../../../core/outbound/dialer.ts';
import { bearerHash, newBearerSecret } from '../../../core/vault/bearer-secret.ts';
import { type RunningRelay, startRelay } from '../../../relay/start-relay.ts';
import { startTestDatabase, type TestDatabase } from '../../servers/database.ts';
import { startUpstream, type TestUpstream } from '../relay-harness.ts';

let database: TestDatabase;
let upstream: TestUpstream;
let sql: pg.Client;
let dataDir: string;
let relay: RunningRelay;
let organizationId: string;
let agentId: string;
let agentKey: string;
let answered: number;

beforeAll(async () => {
  database = await startTestDatabase();
  upstream = await startUpstream((_request, response) => response.end('answer'));
  dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-limits-'));
  sql = new pg.Client({ connectionString: database.urls.superuser });
  await sql.connect();
  relay = await start();
});

afterAll(async () => {
  await relay.stop();
  await sql.end();
  await Promise.all([database.stop(), upstream.stop(), rm(dataDir, { recursive: true })]);
});

beforeEach(async () => {
  organizationId = randomUUID();
  agentId = randomUUID();
  agentKey = newBearerSecret('agk_');
  answered = 0;
  await sql.query(`INSERT INTO organization (id, name) VALUES ($1, 'Acme')`, [organizationId]);
  await sql.query(`INSERT INTO agent (id, organization_id, name, upstream_url) VALUES ($1, $2, 'any', $3)`, [
    agentId,
    organizationId,
    upstream.url,
  ]);
  await sql.query(
    `INSERT INTO agent_key (id, organization_id, name, hash, fingerprint, created_by) VALUES ($1, $2, 'test', $3, '…', $1)`,
    [randomUUID(), organizationId, bearerHash(agentKey)],
  );
  await until(async () => (await call()).status === 200);
});

function start(): Promise<RunningRelay> {
  const config = loadConfig({
    AGENTGATEWAY_DATA_DIR: dataDir,
    DATABASE_URL_RELAY: database.urls.relay,
    DATABASE_URL_LOG_WRITER: database.urls.logWriter,
    RELAY_PORT: '0',
  });
  const dialer = createDialer({ guard: createAddressGuard(['127.0.0.0/8']) });
  return startRelay({ config, log: pino({ level: 'silent' }), dialer });
}

async function call(): Promise<{ status: number; error: string | null; policy: string | null }> {
  const response = await fetch(`http://127.0.0.1:${relay.port}/any/x`, { headers: { 'x-api-key': agentKey } });
  await response.arrayBuffer();
  if (response.status === 200) answered += 1;
  const { headers } = response;
  return {
    status: response.status,
    error: headers.get('x-agentgateway-error'),
    policy: headers.get('ratelimit-policy'),
  };
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await new Promise((resolve) => setTimeout(resolve, 10));
}

const policyIs = (policy: string | null) => until(async () => (await call()).policy === policy);
const errorIs = (error: string | null) => until(async () => (await call()).error === error);

test('limits of agents and agent keys are live without a restart', async () => {
  await sql.query('UPDATE agent SET rate_limit_rpm = 1000000, rate_limit_burst = 100000 WHERE id = $1', [agentId]);
  await policyIs('"default";q=1000000;w=60, "burst";q=100000;w=1');
  await sql.query('UPDATE agent_key SET rate_limit_rpm = 500000 WHERE organization_id = $1', [organizationId]);
  await policyIs('"default";q=1000000;w=60, "burst";q=100000;w=1, "agent-key";q=500000;w=60');
  await sql.query('UPDATE agent SET rate_limit_rpm = NULL WHERE id = $1', [agentId]);
  await policyIs('"agent-key";q=500000;w=60');
  await sql.query('UPDATE agent_key SET rate_limit_rpm = 1 WHERE organization_id = $1', [organizationId]);
  await errorIs('rate_limited');
});

test('a plan’s limit is live too, counts what the database knows, and is gone with its row', async () => {
  await sql.query(
    `INSERT INTO plan_use (organization_id, month, requests) VALUES ($1, date_trunc('month', now() AT TIME ZONE 'UTC'), 1000000)
     ON CONFLICT (organization_id, month) DO UPDATE SET requests = excluded.requests`,
    [organizationId],
  );
  await sql.query('INSERT INTO plan (organization_id, requests_per_month) VALUES ($1, 1000)', [organizationId]);
  await errorIs('plan_limit_reached');
  await sql.query('UPDATE plan SET requests_per_month = 2000000 WHERE organization_id = $1', [organizationId]);
  await errorIs(null);
  await sql.query('UPDATE plan SET requests_per_month = 0 WHERE organization_id = $1', [organizationId]);
  await errorIs('plan_limit_reached');
  await sql.query('DELETE FROM plan WHERE organization_id = $1', [organizationId]);
  await errorIs(null);
});

test('a month’s count that was corrected downwards lets calls through again, without a restart', async () => {
  await sql.query('INSERT INTO plan (organization_id, requests_per_month) VALUES ($1, 20)', [organizationId]);
  await errorIs('plan_limit_reached');
  // Calls that are not logged yet are no part of what is corrected.
  await until(async () => {
    const { rows } = await sql.query('SELECT requests::int FROM plan_use WHERE organization_id = $1', [organizationId]);
    return rows[0]?.requests === answered;
  });
  await sql.query('UPDATE plan_use SET requests = 5, corrections = corrections + 1 WHERE organization_id = $1', [
    organizationId,
  ]);
  await errorIs(null);
  await errorIs('plan_limit_reached');
});

test('a relay that starts again knows what its organizations used this month', async () => {
  await sql.query('INSERT INTO plan (organization_id, requests_per_month) VALUES ($1, 5)', [organizationId]);
  await errorIs('plan_limit_reached');
  await relay.stop();
  relay = await start();
  await until(async () => (await call()).status !== 503);
  expect((await call()).error).toBe('plan_limit_reached');
});

test('a plan’s limit is met within 1 % by many calls at once, also over a restart', async () => {
  const flood = () =>
    Promise.all(
      Array.from({ length: 40 }, async () => {
        for (let calls = 0; calls < 12; calls += 1) await call();
      }),
    );
  await sql.query('INSERT INTO plan (organization_id, requests_per_month) VALUES ($1, 0)', [organizationId]);
  await errorIs('plan_limit_reached');
  await sql.query('UPDATE plan SET requests_per_month = 400 WHERE organization_id = $1', [organizationId]);
  await errorIs(null);
  await flood();
  expect(Math.abs(answered - 400)).toBeLessThanOrEqual(4);
  await relay.stop();
  relay = await start();
  await until(async () => (await call()).status !== 503);
  await sql.query('UPDATE plan SET requests_per_month = 800 WHERE organization_id = $1', [organizationId]);
  await errorIs(null);
  await flood();
  expect(Math.abs(answered - 800)).toBeLessThanOrEqual(8);
});
