import { randomBytes, randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type pg from 'pg';
import { createDataConverter, payloadKeys } from '../../core/temporal/data-converter.ts';
import { bearerHash, newBearerSecret } from '../../core/vault/bearer-secret.ts';
import { openVault } from '../../core/vault/open-vault.ts';
import { credentialAssociation } from '../../core/vault/vault.ts';
import { untilOperation } from '../servers/operation-rows.ts';
import { type RelayProcesses, startRelayProcesses } from '../servers/relay-processes.ts';
import { startTestTemporal, type TestTemporal } from '../servers/temporal.ts';
import { TransitServer } from '../servers/transit-server.ts';
import { type RotationHarness, startRotationHarness } from './harness.ts';

const formerMasterKey = randomBytes(32).toString('base64');
let transit: TransitServer;
let harness: RotationHarness;
let temporal: TestTemporal;
let superuser: pg.Client;
let relays: RelayProcesses;
let environment: NodeJS.ProcessEnv;

beforeAll(async () => {
  transit = await new TransitServer().start();
  environment = {
    AGENTGATEWAY_MASTER_KEY: `${transit.addKey('agentgateway')},${formerMasterKey}`,
    VAULT_TOKEN: transit.token,
  };
  harness = await startRotationHarness(
    async (made) => {
      const dataConverter = createDataConverter(payloadKeys(made.dependencies.instanceKeys));
      temporal = await startTestTemporal(dataConverter);
      return { temporal, dataConverter };
    },
    { environment },
  );
  superuser = await harness.superuser();
});
afterAll(async () => {
  await relays?.stop();
  await superuser?.end();
  await harness?.stop();
  await temporal?.stop();
  await transit?.stop();
});

/** As before the key service was set: a relay that starts now need not ask it. */
async function sealAsBefore(credentialId: string, organizationId: string, value: string): Promise<void> {
  const { config, testDatabase } = { ...harness.dependencies, ...harness.made };
  const former = await openVault({ ...config, AGENTGATEWAY_MASTER_KEY: formerMasterKey }, testDatabase.urls.app);
  const { rows } = await superuser.query('SELECT id FROM credential_version WHERE credential_id = $1', [credentialId]);
  const association = credentialAssociation(organizationId, credentialId, rows[0].id);
  const { sealed, wrappedKey, wrapKeyId } = await former.seal(Buffer.from(value), association);
  await superuser.query('UPDATE credential_version SET sealed = $2, wrapped_key = $3, wrap_key_id = $4 WHERE id = $1', [
    rows[0].id,
    sealed,
    wrappedKey,
    wrapKeyId,
  ]);
  await former.close();
}

test('invariant 4: while a relay cannot open the new value, the rotation waits and says so; its calls take the old one', async () => {
  const rotated = await harness.seedRotated();
  const { organizationId, agentId, credentialId, caller, key } = rotated;
  await sealAsBefore(credentialId, organizationId, key.value);
  const agentKey = newBearerSecret('agk_');
  await superuser.query(
    `INSERT INTO agent_key (id, organization_id, agent_id, name, hash, fingerprint, created_by) VALUES ($1, $2, $3, 'k', $4, '…', $3)`,
    [randomUUID(), organizationId, agentId, bearerHash(agentKey)],
  );
  relays = await startRelayProcesses(1, harness.made.testDatabase, environment);
  await relays.upToDate();
  const call = async () => {
    const url = `http://127.0.0.1:${relays.port}/provider-relay/v1`;
    const response = await fetch(url, { headers: { 'x-api-key': agentKey } });
    return ((await response.json()) as { key?: string }).key;
  };
  expect(await call()).toBe(key.id);

  harness.hooks.beginCanary = () => {
    transit.isSilent = true;
  };
  const { operationId } = await harness.rotate(caller, credentialId, { canary_seconds: 1, drain_seconds: 1 });
  const reference = { organizationId, operationId };
  const isUnable = (canary: unknown) => (canary as { relays_unable?: number } | null)?.relays_unable === 1;
  const waiting = await untilOperation(harness.dependencies, reference, ({ canary }) => isUnable(canary));
  expect(waiting).toMatchObject({ status: 'running', step: 'canary' });
  expect(waiting.steps).toContainEqual(
    expect.objectContaining({ name: 'canary', detail: expect.stringContaining('key service does not answer') }),
  );
  expect(await call()).toBe(key.id);

  transit.isSilent = false;
  await untilOperation(harness.dependencies, reference, ({ status }) => status === 'succeeded');
  const { operation, versions } = await harness.look(rotated, operationId);
  expect(operation.steps).toContainEqual(expect.objectContaining({ name: 'canary', status: 'done', detail: null }));
  expect(versions).toMatchObject([{ state: 'revoked' }, { state: 'current', providerReference: { id: await call() } }]);
});
