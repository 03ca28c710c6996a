import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { type Config, loadConfig } from '../../core/config.ts';
import { createAddressGuard } from '../../core/outbound/address-guard.ts';
import { createDialer } from '../../core/outbound/dialer.ts';
import { bearerHash, newBearerSecret } from '../../core/vault/bearer-secret.ts';
import { openVault } from '../../core/vault/open-vault.ts';
import { credentialAssociation, type Vault } from '../../core/vault/vault.ts';
import { type RunningRelay, startRelay } from '../../relay/start-relay.ts';
import { startTestDatabase, type TestDatabase } from '../servers/database.ts';
import { startUpstream, type TestUpstream } from './relay-harness.ts';

const organizationId = randomUUID();
let database: TestDatabase;
let dataDir: string;
let config: Config;
let vault: Vault;
let sql: pg.Client;
let upstream: TestUpstream;
let relay: RunningRelay;

beforeAll(async () => {
  database = await startTestDatabase();
  dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-relay-'));
  config = loadConfig({
    AGENTGATEWAY_DATA_DIR: dataDir,
    DATABASE_URL_RELAY: database.urls.relay,
    DATABASE_URL_LOG_WRITER: database.urls.logWriter,
    RELAY_PORT: '0',
  });
  vault = await openVault(config, database.urls.app);
  sql = new pg.Client({ connectionString: database.urls.superuser });
  await sql.connect();
  await sql.query(`INSERT INTO organization (id, name) VALUES ($1, 'Acme')`, [organizationId]);
  upstream = await startUpstream((request, response) => {
    if (request.url === '/open') response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
    else response.end(request.headers.authorization ?? 'none');
  });
  relay = await start();
});

afterAll(async () => {
  await relay.stop();
  await upstream.stop();
  await sql.end();
  await database.stop();
  await rm(dataDir, { recursive: true });
});

function start(): Promise<RunningRelay> {
  const dialer = createDialer({ guard: createAddressGuard(['127.0.0.0/8']) });
  return startRelay({ config, log: pino({ level: 'silent' }), dialer });
}

async function addAgent(name: string): Promise<{ id: string; key: string; keyId: string }> {
  const [id, keyId, key] = [randomUUID(), randomUUID(), newBearerSecret('agk_')];
  await sql.query('INSERT INTO agent (id, organization_id, name, upstream_url) VALUES ($1, $2, $3, $4)', [
    id,
    organizationId,
    name,
    upstream.url,
  ]);
  await sql.query(
    `INSERT INTO agent_key (id, organization_id, agent_id, name, hash, fingerprint, created_by)
     VALUES ($1, $2, $3, 'test', $4, '…', $2)`,
    [keyId, organizationId, id, bearerHash(key)],
  );
  return { id, key, keyId };
}

async function addCredential(allowedHosts: string[]): Promise<string> {
  const id = randomUUID();
  await sql.query(
    `INSERT INTO credential (id, organization_id, name, status, allowed_hosts, created_by) VALUES ($1, $2, $3, 'active', $4, $2)`,
    [id, organizationId, `credential-${id}`, allowedHosts],
  );
  return id;
}

async function addVersion(credentialId: string, secret: string): Promise<void> {
  const id = randomUUID();
  const association = credentialAssociation(organizationId, credentialId, id);
  const { sealed, wrappedKey, wrapKeyId } = await vault.seal(Buffer.from(secret), association);
  await sql.query('BEGIN');
  await sql.query(`UPDATE credential_version SET state = 'previous' WHERE credential_id = $1`, [credentialId]);
  await sql.query(
    `INSERT INTO credential_version (id, organization_id, credential_id, state, fingerprint, sealed, wrapped_key, wrap_key_id,
     created_by) VALUES ($1, $2, $3, 'current', '…', $4, $5, $6, $2)`,
    [id, organizationId, credentialId, sealed, wrappedKey, wrapKeyId],
  );
  await sql.query('COMMIT');
}

const linkTo = (agentId: string, credentialId: string) =>
  sql.query(
    'INSERT INTO credential_link (organization_id, agent_id, credential_id, injection) VALUES ($1, $2, $3, $4)',
    [organizationId, agentId, credentialId, { kind: 'bearer' }],
  );

async function call(name: string, key: string, path = '/x'): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${relay.port}/${name}${path}`, {
    headers: { 'x-agentgateway-key': key },
  });
  const body = await response.text();
  return response.ok ? body : `${response.status} ${response.headers.get('x-agentgateway-error')}`;
}

/** Asks until the answer is the expected one; gives the milliseconds that it took. */
async function until(ask: () => Promise<unknown>, expected: unknown, limitMs = 10_000): Promise<number> {
  const since = performance.now();
  for (;;) {
    const answer = await ask();
    const passed = performance.now() - since;
    if (answer === expected) return passed;
    if (passed > limitMs) expect(answer).toBe(expected);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const heartbeat = async () => (await sql.query('SELECT snapshot_xid, in_flight FROM relay_process')).rows[0];

describe('a change is live within a second', () => {
  test('agents, keys, links, versions and allowed hosts', async () => {
    const { id, key, keyId } = await addAgent('live');
    const live = () => call('live', key);
    const took = [await until(live, 'none')];

    const credentialId = await addCredential([]);
    await linkTo(id, credentialId);
    took.push(await until(live, '403 host_not_allowed'));
    await sql.query('UPDATE credential SET allowed_hosts = $2 WHERE id = $1', [
      credentialId,
      [`http://127.0.0.1:${upstream.port}`],
    ]);
    took.push(await until(live, '503 credential_unavailable'));
    await addVersion(credentialId, 'first');
    took.push(await until(live, 'Bearer first'));
    await addVersion(credentialId, 'second');
    took.push(await until(live, 'Bearer second'));
    await sql.query('DELETE FROM credential_version WHERE credential_id = $1', [credentialId]);
    took.push(await until(live, '503 credential_unavailable'));
    await sql.query('DELETE FROM credential_link WHERE agent_id = $1', [id]);
    took.push(await until(live, 'none'));

    await sql.query('UPDATE agent SET enabled = false WHERE id = $1', [id]);
    took.push(await until(live, '403 agent_disabled'));
    await sql.query(`UPDATE agent SET enabled = true, name = 'renamed' WHERE id = $1`, [id]);
    took.push(await until(live, '404 agent_not_found'));
    expect(await call('renamed', key)).toBe('none');
    await sql.query('UPDATE agent_key SET revoked_at = now() WHERE id = $1', [keyId]);
    took.push(await until(() => call('renamed', key), '401 invalid_agent_key'));
    await sql.query('UPDATE agent_key SET revoked_at = NULL WHERE id = $1', [keyId]);
    took.push(await until(() => call('renamed', key), 'none'));
    await sql.query('DELETE FROM agent_key WHERE id = $1', [keyId]);
    took.push(await until(() => call('renamed', key), '401 invalid_agent_key'));
    expect(Math.max(...took)).toBeLessThan(1_000);
  });

  test('the heartbeat tells that a change is applied, and what a deletion’s drain waits for', async () => {
    const { id, key } = await addAgent('drained');
    await until(() => call('drained', key), 'none');
    const open = await fetch(`http://127.0.0.1:${relay.port}/drained/open`, { headers: { 'x-api-key': key } });
    const { rows } = await sql.query(
      'UPDATE agent SET deleted_at = now() WHERE id = $1 RETURNING pg_current_xact_id()::text::bigint AS xid',
      [id],
    );
    await until(async () => BigInt((await heartbeat()).snapshot_xid) > BigInt(rows[0].xid), true);
    expect(await call('drained', key)).toBe('404 agent_not_found');
    await until(async () => (await heartbeat()).in_flight[id], 1);
    await open.body?.cancel();
    await until(async () => (await heartbeat()).in_flight[id], undefined);
  });
});

describe('invariant 10: without Postgres the relay goes on from memory', () => {
  test('and catches up with what it missed', async () => {
    const { key, keyId } = await addAgent('steady');
    await until(() => call('steady', key), 'none');
    await sql.query(`ALTER ROLE agentgateway_relay CONNECTION LIMIT 0`);
    await sql.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'agentgateway_relay' AND datname = $1`,
      [database.name],
    );
    await sql.query('UPDATE agent_key SET revoked_at = now() WHERE id = $1', [keyId]);
    expect(await call('steady', key)).toBe('none');
    await sql.query(`ALTER ROLE agentgateway_relay CONNECTION LIMIT -1`);
    await until(() => call('steady', key), '401 invalid_agent_key');
  });

  test('a row that cannot be read does not stop the others', async () => {
    const broken = await addAgent('broken');
    await sql.query(`UPDATE agent SET upstream_url = 'ftp://nowhere' WHERE id = $1`, [broken.id]);
    const { key } = await addAgent('sound');
    await until(() => call('sound', key), 'none');
    expect(await call('broken', broken.key)).toBe('404 agent_not_found');
  });
});

describe('a clean stop', () => {
  test('lets a call end, writes its log row, and leaves no heartbeat row behind', async () => {
    const { id, key } = await addAgent('last');
    await until(() => call('last', key), 'none');
    await relay.stop();
    const { rows } = await sql.query('SELECT status, path FROM request_log WHERE agent_id = $1 AND status = 200', [id]);
    expect(rows).toEqual([{ status: 200, path: '/x' }]);
    expect(await heartbeat()).toBeUndefined();
    relay = await start();
    await until(() => call('last', key), 'none');
  });

  test('a taken port names the port and the setting', async () => {
    config = { ...config, RELAY_PORT: relay.port };
    await expect(start()).rejects.toThrow(`Port ${relay.port} is taken. Set RELAY_PORT`);
    config = { ...config, RELAY_PORT: 0 };
  });
});
