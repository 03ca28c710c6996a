import { randomUUID } from 'node:crypto';
import { EventEmitter, once } from 'node:events';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { createAddressGuard } from '../../core/outbound/address-guard.ts';
import { createDialer } from '../../core/outbound/dialer.ts';
import { bearerHash, newBearerSecret } from '../../core/vault/bearer-secret.ts';
import { credentialAssociation } from '../../core/vault/vault.ts';
import { type RunningRelay, startRelay } from '../../relay/start-relay.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { startUpstream, type TestUpstream } from './relay-harness.ts';

const [organizationId, agentId, credentialId, operationId] = Array.from({ length: 4 }, () => randomUUID()) as [
  string,
  string,
  string,
  string,
];
const key = newBearerSecret('agk_');
const refused = new Set<string>();
/** Every line that the relay logs, as an event of its name. */
const log = new EventEmitter();
let bench: TestDependencies;
let sql: pg.Client;
let upstream: TestUpstream;
let relay: RunningRelay;
let versions: { old: string; new: string };

beforeAll(async () => {
  bench = await testDependencies({ environment: { RELAY_PORT: '0' } });
  sql = new pg.Client({ connectionString: bench.testDatabase.urls.superuser });
  await sql.connect();
  upstream = await startUpstream((request, response) => {
    const value = request.headers.authorization?.slice(7) ?? 'none';
    response.writeHead(refused.has(value) ? 401 : 200).end(value);
  });
  await sql.query(`INSERT INTO organization (id, name) VALUES ($1, 'Acme')`, [organizationId]);
  await sql.query(`INSERT INTO agent (id, organization_id, name, upstream_url) VALUES ($1, $2, 'api', $3)`, [
    agentId,
    organizationId,
    upstream.url,
  ]);
  await sql.query(
    `INSERT INTO agent_key (id, organization_id, agent_id, name, hash, fingerprint, created_by) VALUES ($1, $2, $3, 'k', $4, '…', $2)`,
    [randomUUID(), organizationId, agentId, bearerHash(key)],
  );
  await sql.query(
    `INSERT INTO credential (id, organization_id, name, status, allowed_hosts, created_by) VALUES ($1, $2, 'c', 'active', $3, $2)`,
    [credentialId, organizationId, [upstream.url]],
  );
  await sql.query(
    `INSERT INTO credential_link (organization_id, agent_id, credential_id, injection) VALUES ($1, $2, $3, '{"kind":"bearer"}')`,
    [organizationId, agentId, credentialId],
  );
  versions = { old: await addVersion('current', 'old'), new: await addVersion('staged', 'new') };
  relay = await start();
});

afterAll(async () => {
  await relay.stop();
  await upstream.stop();
  await sql.end();
  await bench.stop();
});

const start = (): Promise<RunningRelay> =>
  startRelay({
    config: bench.dependencies.config,
    log: pino({ level: 'debug' }, { write: (line: string) => void log.emit(JSON.parse(line).msg) }),
    dialer: createDialer({ guard: createAddressGuard(['127.0.0.0/8']) }),
  });

async function addVersion(state: string, secret: string): Promise<string> {
  const id = randomUUID();
  const sealed = await bench.dependencies.vault.seal(
    Buffer.from(secret),
    credentialAssociation(organizationId, credentialId, id),
  );
  await sql.query(
    `INSERT INTO credential_version (id, organization_id, credential_id, state, fingerprint, sealed, wrapped_key, wrap_key_id,
     created_by) VALUES ($1, $2, $3, $4, '…', $5, $6, $7, $2)`,
    [id, organizationId, credentialId, state, sealed.sealed, sealed.wrappedKey, sealed.wrapKeyId],
  );
  return id;
}

/** As the workflow changes the phase; waits until the relay says that it has applied it. */
async function enter(phase: string | null): Promise<void> {
  const rotation = { operation_id: operationId, phase, new_version_id: versions.new, old_version_id: versions.old };
  await sql.query('BEGIN');
  if (phase === 'cut_over') {
    await sql.query(`UPDATE credential_version SET state = 'previous' WHERE id = $1`, [versions.old]);
    await sql.query(`UPDATE credential_version SET state = 'current' WHERE id = $1`, [versions.new]);
  }
  const { rows } = await sql.query(
    'UPDATE credential SET rotation = $2 WHERE id = $1 RETURNING pg_current_xact_id()::text::bigint AS xid',
    [credentialId, phase === null ? null : { ...rotation, share: 1, since: new Date() }],
  );
  await sql.query('COMMIT');
  await until(async () => {
    const { rows: live } = await sql.query('SELECT 1 FROM relay_process WHERE snapshot_xid > $1', [rows[0].xid]);
    return live.length;
  }, 1);
}

async function call(): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${relay.port}/api/x`, { headers: { 'x-api-key': key } });
  return `${response.status} ${await response.text()}`;
}

async function until(ask: () => Promise<unknown>, expected: unknown): Promise<void> {
  for (const deadline = Date.now() + 10_000; ; ) {
    const answer = await ask();
    if (JSON.stringify(answer) === JSON.stringify(expected)) return;
    if (Date.now() > deadline) expect(answer).toEqual(expected);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Calls, refused, blames and whether it was used, of the new and of the old version. */
async function evidence(): Promise<unknown> {
  const { rows } = await sql.query(
    `SELECT version_id, sum(calls)::int AS calls, sum(refused)::int AS refused, sum(blames)::int AS blames,
       max(last_used_at) > now() - interval '20 seconds' AS used
     FROM rotation_evidence WHERE operation_id = $1 GROUP BY version_id`,
    [operationId],
  );
  return [versions.new, versions.old].map((id) => {
    const row = rows.find(({ version_id }) => version_id === id);
    return row === undefined ? null : [row.calls, row.refused, row.blames, row.used];
  });
}

test('a real relay takes the versions of each phase, and tells within a second what came of it', async () => {
  await until(call, '200 old');
  await enter('canary');
  expect(await call()).toBe('200 new');
  await until(evidence, [
    [1, 0, 0, true],
    [0, 0, 0, null],
  ]);
  refused.add('new');
  expect(await call()).toBe('200 old');
  await until(evidence, [
    [2, 1, 1, true],
    [1, 0, 0, true],
  ]);
  refused.clear();
  await enter('cut_over');
  expect(await call()).toBe('200 new');
  refused.add('new');
  expect(await call()).toBe('200 old');
  refused.clear();
  await enter('drain');
  expect(await call()).toBe('200 new');
  await enter(null);
  refused.add('old');
  expect(await call()).toBe('200 new');
  await until(evidence, [
    [5, 2, 2, true],
    [2, 0, 0, true],
  ]);
});

test('what it could not tell while Postgres was away, it tells afterwards', async () => {
  refused.clear();
  await enter('drain');
  await sql.query(`ALTER ROLE agentgateway_relay CONNECTION LIMIT 0`);
  await sql.query(
    `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'agentgateway_relay' AND datname = $1`,
    [bench.testDatabase.name],
  );
  expect(await call()).toBe('200 new');
  await once(log, 'what calls show of a rotation waits for the database');
  expect(await evidence()).toMatchObject(
    [[5], [2]].map(([calls]) => [calls, expect.anything(), expect.anything(), true]),
  );
  await sql.query(`ALTER ROLE agentgateway_relay CONNECTION LIMIT -1`);
  await until(async () => ((await evidence()) as number[][])[0]?.[0], 6);
});

test('invariant 4: a new value that does not open is told, and calls stay with the old one through all phases', async () => {
  versions = { old: versions.new, new: await addVersion('staged', 'newer') };
  const { rows } = await sql.query(
    `UPDATE credential_version v SET sealed = 'damaged' FROM credential_version whole
     WHERE v.id = $1 AND whole.id = v.id RETURNING whole.sealed`,
    [versions.new],
  );
  for (const phase of ['canary', 'cut_over', 'drain']) {
    await enter(phase);
    expect(await unusableVersions()).toEqual([versions.new]);
    expect(await call()).toBe('200 new');
  }
  await sql.query('UPDATE credential_version SET sealed = $2 WHERE id = $1', [versions.new, rows[0].sealed]);
  await until(unusableVersions, []);
  expect(await call()).toBe('200 newer');
});

async function unusableVersions(): Promise<unknown> {
  const { rows } = await sql.query('SELECT unusable_versions FROM relay_process');
  return rows[0]?.unusable_versions;
}
