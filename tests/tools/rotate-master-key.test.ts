import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { v7 as uuid } from 'uuid';
import { loadConfig } from '../../core/config.ts';
import { createAddressGuard } from '../../core/outbound/address-guard.ts';
import { createDialer } from '../../core/outbound/dialer.ts';
import { createInstanceKeys } from '../../core/services/instance-keys.ts';
import { WRAPPED_KEY_COLUMNS } from '../../core/services/rewrap-keys.ts';
import { enrolTotp } from '../../core/services/totp.ts';
import { type Database, openDatabase } from '../../core/store/database.ts';
import { bearerHash, newBearerSecret } from '../../core/vault/bearer-secret.ts';
import { openVault } from '../../core/vault/open-vault.ts';
import { agentKeyAssociation, credentialAssociation, type Vault } from '../../core/vault/vault.ts';
import { type RunningRelay, startRelay } from '../../relay/start-relay.ts';
import { startUpstream, type TestUpstream } from '../relay/relay-harness.ts';
import { startTestDatabase, type TestDatabase } from '../servers/database.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';
import { TransitServer } from '../servers/transit-server.ts';

const VERSIONS_PER_ORGANIZATION = 3;
const newLocalKey = () => randomBytes(32).toString('base64');

interface Tenant {
  organizationId: string;
  personId: string;
  agentKey: string;
  unrevealedKeyId: string;
  credentialId: string;
  currentVersionId: string;
}

let testDatabase: TestDatabase;
let database: Database;
let superuser: pg.Client;
let transit: TransitServer;
let upstream: TestUpstream;
const closing: (() => Promise<unknown>)[] = [];

beforeAll(async () => {
  testDatabase = await startTestDatabase();
  database = openDatabase(testDatabase.urls.app);
  superuser = new pg.Client({ connectionString: testDatabase.urls.superuser });
  await superuser.connect();
  transit = await new TransitServer().start();
  upstream = await startUpstream((request, response) => response.end(request.headers.authorization));
});

afterAll(async () => {
  for (const close of closing) await close();
  await upstream.stop();
  await transit.stop();
  await superuser.end();
  await database.close();
  await testDatabase.stop();
});

function settings(masterKeys: string[]): NodeJS.ProcessEnv {
  return {
    AGENTGATEWAY_MASTER_KEY: masterKeys.join(','),
    VAULT_TOKEN: transit.token,
    DATABASE_URL_APP: testDatabase.urls.app,
    DATABASE_URL_JOBS: testDatabase.urls.jobs,
    DATABASE_URL_RELAY: testDatabase.urls.relay,
    DATABASE_URL_LOG_WRITER: testDatabase.urls.logWriter,
    RELAY_PORT: '0',
  };
}

async function vaultWith(masterKeys: string[]): Promise<Vault> {
  const vault = await openVault(loadConfig(settings(masterKeys)), testDatabase.urls.app);
  closing.push(vault.close);
  return vault;
}

function relayWith(masterKeys: string[]): Promise<RunningRelay> {
  const dialer = createDialer({ guard: createAddressGuard(['127.0.0.0/8']) });
  return startRelay({ config: loadConfig(settings(masterKeys)), log: pino({ level: 'silent' }), dialer });
}

function startTool(masterKeys: string[]): ChildProcess & { ended: Promise<{ code: number | null; told: string }> } {
  const child = spawn(process.execPath, ['tools/rotate-master-key.ts'], {
    env: { ...process.env, ...settings(masterKeys) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told = Promise.all([text(child.stdout), text(child.stderr)]);
  const ended = once(child, 'exit').then(async ([code]) => ({ code, told: (await told).join('') }));
  return Object.assign(child, { ended });
}

/** An organization with a credential of several versions at an agent, an unrevealed agent key and an authenticator. */
async function seedTenant(vault: Vault): Promise<Tenant> {
  const { organizationId, person } = await seedCaller(database);
  await enrolTotp({ database, vault }, person.id);
  const agentId = await seedAgent(database, organizationId, 'the-agent');
  const agentKey = newBearerSecret('agk_');
  const [credentialId, unrevealedKeyId, ...versionIds] = Array.from({ length: 2 + VERSIONS_PER_ORGANIZATION }, () =>
    uuid(),
  );
  if (credentialId === undefined || unrevealedKeyId === undefined) throw new Error('no IDs');
  const common = { organizationId, createdBy: person.id, fingerprint: '…' };
  const seal = async (value: string, association: ReturnType<typeof agentKeyAssociation>) => {
    const { sealed, wrappedKey, wrapKeyId } = await vault.seal(Buffer.from(value), association);
    return { sealed: Buffer.from(sealed), wrappedKey: Buffer.from(wrappedKey), wrapKeyId };
  };
  await database.inOrganization(organizationId, async (transaction) => {
    await transaction.agent.update({ where: { id: agentId }, data: { upstreamUrl: upstream.url } });
    await transaction.agentKey.create({
      data: { ...common, agentId, name: 'used', hash: bearerHash(agentKey), revealedAt: new Date() },
    });
    const sealedKey = await seal('agk_unrevealed', agentKeyAssociation(organizationId, unrevealedKeyId));
    await transaction.agentKey.create({
      data: { ...common, id: unrevealedKeyId, name: 'unrevealed', hash: randomBytes(32), ...sealedKey },
    });
    await transaction.credential.create({
      data: {
        id: credentialId,
        organizationId,
        name: 'the-credential',
        createdBy: person.id,
        status: 'active',
        allowedHosts: [`http://127.0.0.1:${upstream.port}`],
      },
    });
    for (const [index, id] of versionIds.entries()) {
      const sealed = await seal(`${organizationId} ${index}`, credentialAssociation(organizationId, credentialId, id));
      await transaction.credentialVersion.create({
        data: { ...common, id, credentialId, state: index === 0 ? 'current' : 'revoked', ...sealed },
      });
    }
    await transaction.credentialLink.create({
      data: { organizationId, agentId, credentialId, injection: { kind: 'bearer' } },
    });
  });
  const currentVersionId = versionIds[0] as string;
  return { organizationId, personId: person.id, agentKey, unrevealedKeyId, credentialId, currentVersionId };
}

/** Opens everything that the tenants and the installation have. */
async function openAll(vault: Vault, tenants: Tenant[]): Promise<void> {
  for (const { organizationId, personId, unrevealedKeyId } of tenants) {
    await enrolTotp({ database, vault }, personId);
    const { versions, unrevealed } = await database.inOrganization(organizationId, async (transaction) => ({
      versions: await transaction.credentialVersion.findMany(),
      unrevealed: await transaction.agentKey.findUniqueOrThrow({ where: { id: unrevealedKeyId } }),
    }));
    expect(versions).toHaveLength(VERSIONS_PER_ORGANIZATION);
    for (const version of versions) {
      const association = credentialAssociation(organizationId, version.credentialId, version.id);
      expect((await vault.open(version, association)).toString()).toContain(organizationId);
    }
    const { sealed, wrappedKey, wrapKeyId } = unrevealed;
    const association = agentKeyAssociation(organizationId, unrevealedKeyId);
    if (!sealed || !wrappedKey || !wrapKeyId) throw new Error('the unrevealed key is gone');
    expect((await vault.open({ sealed, wrappedKey, wrapKeyId }, association)).toString()).toBe('agk_unrevealed');
  }
  expect(await createInstanceKeys(database, vault).key('cookies')).toHaveLength(32);
}

async function call(relay: RunningRelay, { agentKey }: Tenant): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${relay.port}/the-agent/x`, { headers: { 'x-api-key': agentKey } });
  return response.text();
}

async function untilServed(relay: RunningRelay, tenants: Tenant[]): Promise<void> {
  for (const tenant of tenants) while (!(await call(relay, tenant)).startsWith('Bearer ')) await sleep(20);
}

const sleep = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));

const sealedValues = async () =>
  (
    await superuser.query(`
      SELECT id::text, encode(sealed, 'hex') AS sealed FROM credential_version
      UNION ALL SELECT id::text, encode(sealed, 'hex') FROM agent_key
      UNION ALL SELECT purpose, encode(sealed, 'hex') FROM instance_key
      UNION ALL SELECT id::text, encode(totp_sealed, 'hex') FROM person ORDER BY 1`)
  ).rows;

async function wrapKeyIdsOf({ organizationId }: Tenant): Promise<string[]> {
  const { rows } = await superuser.query(
    'SELECT DISTINCT wrap_key_id FROM credential_version WHERE organization_id = $1',
    [organizationId],
  );
  return rows.map(({ wrap_key_id }) => wrap_key_id);
}

/** Holds a tenant's row until the tool waits for it, so that the tool is surely in the middle. */
async function killInTheMiddle(tool: ReturnType<typeof startTool>, { currentVersionId }: Tenant): Promise<void> {
  for (;;) {
    const { rows } = await superuser.query(
      `SELECT 1 FROM pg_stat_activity WHERE datname = $1 AND wait_event_type = 'Lock' AND query LIKE 'UPDATE credential_version%'`,
      [testDatabase.name],
    );
    if (rows.length > 0) break;
    if (tool.exitCode !== null) throw new Error(`the tool ended before it reached ${currentVersionId}`);
    await sleep(10);
  }
  tool.kill('SIGKILL');
  await tool.ended;
}

test('no column that holds wrapped keys is forgotten', async () => {
  const { rows } = await superuser.query(
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns
     WHERE table_schema = 'public' AND column_name LIKE '%wrapped%'`,
  );
  expect(rows.map(({ name }) => name).sort()).toEqual(WRAPPED_KEY_COLUMNS.toSorted());
});

const oldKey = newLocalKey();
let tenants: Tenant[];
let transitKey: string;

test('keys move to a remote master key while everything runs, also when the tool is killed in the middle', async () => {
  transitKey = transit.addKey('agentgateway');
  const oldVault = await vaultWith([oldKey]);
  await createInstanceKeys(database, oldVault).key('cookies');
  tenants = [await seedTenant(oldVault), await seedTenant(oldVault), await seedTenant(oldVault)];
  tenants.sort((left, right) => (left.organizationId < right.organizationId ? -1 : 1));
  const sealedBefore = await sealedValues();

  const both = [transitKey, oldKey];
  const relay = await relayWith(both);
  const appVault = await vaultWith(both);
  await untilServed(relay, tenants);
  let isOver = false;
  let calls = 0;
  const traffic = tenants.map(async (tenant) => {
    while (!isOver) {
      expect(await call(relay, tenant)).toBe(`Bearer ${tenant.organizationId} 0`);
      calls += 1;
    }
  });
  const reading = (async () => {
    while (!isOver) await openAll(appVault, tenants);
  })();

  const [first, second] = tenants as [Tenant, Tenant];
  const holder = new pg.Client({ connectionString: testDatabase.urls.superuser });
  await holder.connect();
  await holder.query('BEGIN');
  await holder.query('SELECT 1 FROM credential_version WHERE id = $1 FOR UPDATE', [second.currentVersionId]);
  await killInTheMiddle(startTool(both), second);
  await holder.end();
  expect(await wrapKeyIdsOf(first)).toEqual([expect.stringMatching(/^organization-key\//)]);
  expect(await wrapKeyIdsOf(second)).toEqual([expect.stringMatching(/^[0-9a-f]{16}$/)]);

  const { code, told } = await startTool(both).ended;
  expect(told).toContain('Every key is wrapped by the first entry');
  expect(code).toBe(0);
  isOver = true;
  await Promise.all([...traffic, reading]);
  expect(calls).toBeGreaterThan(20);
  await relay.stop();
  expect(await sealedValues()).toEqual(sealedBefore);
});

test('afterwards the new key alone opens everything, with one remote call an organization', async () => {
  await openAll(await vaultWith([transitKey]), tenants);
  await expect(openAll(await vaultWith([oldKey]), tenants)).rejects.toThrow('is not among AGENTGATEWAY_MASTER_KEY');
  const before = transit.calls.decrypt;
  const relay = await relayWith([transitKey]);
  await untilServed(relay, tenants);
  expect(transit.calls.decrypt - before).toBe(tenants.length);
  await relay.stop();
});

test('and back to a local one, organizations’ own keys too', async () => {
  const lastKey = newLocalKey();
  const { code, told } = await startTool([lastKey, transitKey]).ended;
  expect({ code, told }).toMatchObject({ code: 0, told: expect.stringContaining('can be removed: vault+http') });
  const { rows } = await superuser.query('SELECT DISTINCT wrap_key_id FROM organization_key');
  expect(rows).toEqual([{ wrap_key_id: expect.stringMatching(/^[0-9a-f]{16}$/) }]);
  await openAll(await vaultWith([lastKey]), tenants);

  const lost = await startTool([newLocalKey()]).ended;
  expect(lost.code).toBe(2);
  expect(lost.told).toContain('Nothing can be removed from the list yet');
  await openAll(await vaultWith([lastKey]), tenants);
});
