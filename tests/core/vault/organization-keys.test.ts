import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { loadConfig } from '../../../core/config.ts';
import { type Database, openDatabase } from '../../../core/store/database.ts';
import { VaultError, VaultUnavailableError } from '../../../core/vault/key-wrapper.ts';
import { openVaultKeys, type VaultKeys } from '../../../core/vault/open-vault.ts';
import { startTestDatabase, type TestDatabase } from '../../servers/database.ts';
import { seedCaller } from '../../servers/seed.ts';
import { TransitServer } from '../../servers/transit-server.ts';

let testDatabase: TestDatabase;
let database: Database;
let superuser: pg.Client;
let transit: TransitServer;
let transitKey: string;
const opened: VaultKeys[] = [];

beforeAll(async () => {
  testDatabase = await startTestDatabase();
  database = openDatabase(testDatabase.urls.app);
  superuser = new pg.Client({ connectionString: testDatabase.urls.superuser });
  await superuser.connect();
  transit = await new TransitServer().start();
  transitKey = transit.addKey('agentgateway');
});

afterAll(async () => {
  for (const keys of opened) await keys.close();
  await transit.stop();
  await superuser.end();
  await database.close();
  await testDatabase.stop();
});

/** As one more process would open them. */
async function processKeys(masterKey = transitKey, databaseUrl = testDatabase.urls.app): Promise<VaultKeys> {
  const config = loadConfig({ AGENTGATEWAY_MASTER_KEY: masterKey, VAULT_TOKEN: transit.token });
  const keys = await openVaultKeys(config, databaseUrl);
  opened.push(keys);
  return keys;
}

const newOrganization = async () => (await seedCaller(database)).organizationId;
const dataKey = randomBytes(32);

describe('a remote master key wraps one key an organization', () => {
  test('also when processes begin at once, and the installation has its own', async () => {
    const organizationId = await newOrganization();
    const processes = await Promise.all([processKeys(), processKeys(), processKeys(), processKeys()]);
    const wrapped = await Promise.all(processes.map(({ keyWrapper }) => keyWrapper.wrap(dataKey, organizationId)));
    const [one] = wrapped;
    if (one === undefined) throw new Error('nothing was wrapped');
    expect(new Set(wrapped.map(({ wrapKeyId }) => wrapKeyId)).size).toBe(1);
    for (const { keyWrapper } of processes) expect(await keyWrapper.unwrap(one, organizationId)).toEqual(dataKey);
    const keys = await processKeys();
    expect(await keys.keyWrapper.currentKeyId(null)).not.toBe(one.wrapKeyId);
  });

  test('which is asked for once a process', async () => {
    const organizationId = await newOrganization();
    const first = await (await processKeys()).keyWrapper.wrap(dataKey, organizationId);
    const { keyWrapper } = await processKeys();
    const before = transit.calls.decrypt;
    await Promise.all(Array.from({ length: 50 }, () => keyWrapper.unwrap(first, organizationId)));
    await keyWrapper.wrap(dataKey, organizationId);
    expect(transit.calls.decrypt - before).toBe(1);
  });

  test('and opens nothing of another organization', async () => {
    const [one, other] = [await newOrganization(), await newOrganization()];
    const { keyWrapper } = await processKeys();
    const wrapped = await keyWrapper.wrap(dataKey, one);
    await expect(keyWrapper.unwrap(wrapped, other)).rejects.toThrow(VaultError);
    await expect(keyWrapper.unwrap(wrapped, null)).rejects.toThrow(VaultError);
    // A row that was copied to another organization: the master key's own context does not fit.
    const { wrapKeyId } = wrapped;
    await superuser.query('UPDATE organization_key SET organization_id = $1, version = 9 WHERE id = $2', [
      other,
      wrapKeyId.split('/')[1],
    ]);
    await expect((await processKeys()).keyWrapper.unwrap(wrapped, other)).rejects.toThrow(VaultError);
  });

  test('invariant 7: the app sees the keys of one organization, the relay reads and writes none', async () => {
    const organizationId = await newOrganization();
    const { keyWrapper } = await processKeys();
    const wrapped = await keyWrapper.wrap(dataKey, organizationId);
    const seen = await database.inOrganization(organizationId, (transaction) => transaction.organizationKey.findMany());
    expect(seen.map(({ id }) => `organization-key/${id}`)).toEqual([wrapped.wrapKeyId]);
    const ofRelay = await processKeys(transitKey, testDatabase.urls.relay);
    expect(await ofRelay.keyWrapper.unwrap(wrapped, organizationId)).toEqual(dataKey);
    await expect(ofRelay.keyWrapper.wrap(dataKey, await newOrganization())).rejects.toThrow('permission denied');
  });

  test('a service that was away is asked again', async () => {
    const organizationId = await newOrganization();
    const wrong = await openVaultKeys(
      loadConfig({ AGENTGATEWAY_MASTER_KEY: transitKey, VAULT_TOKEN: 'hvs.wrong' }),
      testDatabase.urls.app,
    );
    opened.push(wrong);
    await expect(wrong.keyWrapper.currentKeyId(organizationId)).rejects.toThrow(VaultUnavailableError);
    const { token } = transit;
    Object.assign(transit, { token: 'hvs.wrong' });
    await wrong.keyWrapper.currentKeyId(organizationId);
    Object.assign(transit, { token });
  });
});
