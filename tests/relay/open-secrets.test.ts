import { randomUUID } from 'node:crypto';
import { expect, test } from '@jest/globals';
import { pino } from 'pino';
import { VaultError, VaultUnavailableError } from '../../core/vault/key-wrapper.ts';
import { createVault, credentialAssociation, type Vault } from '../../core/vault/vault.ts';
import { type LinkRow, openSecrets } from '../../relay/snapshot/open-secrets.ts';
import { SecretValues } from '../../relay/snapshot/secret-values.ts';

const log = pino({ level: 'silent' });
const organizationId = randomUUID();
const forgotten: string[] = [];
const accessTokens = { forget: (versionId: string) => void forgotten.push(versionId) };

/** A key wrapper without keys that fails as told and counts what it is asked for. */
function testVault() {
  const state: { unwrapped: number; failure: Error | null } = { unwrapped: 0, failure: null };
  const vault = createVault({
    wrap: async (dataKey) => ({ wrappedKey: Buffer.from(dataKey), wrapKeyId: 'none' }),
    async unwrap({ wrappedKey }) {
      state.unwrapped += 1;
      if (state.failure !== null) throw state.failure;
      return Buffer.from(wrappedKey);
    },
    currentKeyId: async () => 'none',
  });
  return { vault, state };
}

async function linkTo(
  vault: Vault,
  credentialId: string,
  value: string,
  agentId: string = randomUUID(),
): Promise<LinkRow> {
  const versionId = randomUUID();
  const sealed = await vault.seal(Buffer.from(value), credentialAssociation(organizationId, credentialId, versionId));
  const link = {
    agentId,
    organizationId,
    credentialId,
    versionId,
    allowedHosts: [],
    injection: { kind: 'bearer' },
    isCurrent: true,
    rotation: null,
  };
  return { ...link, ...sealed } as unknown as LinkRow;
}

test('a version is opened once: a rewrapped key or a key service that is away touches nothing in use', async () => {
  const { vault, state } = testVault();
  const secretValues = new SecretValues();
  const row = await linkTo(vault, randomUUID(), 'sk_one');
  const read = async (isFullRead: boolean) =>
    (await openSecrets([row], { vault, secretValues, accessTokens, log }, isFullRead)).get(row.agentId)?.[0]
      ?.secretValue;
  expect(await read(true)).toBe('sk_one');
  state.failure = new VaultUnavailableError('KMS', 'away');
  expect(await read(false)).toBe('sk_one');
  expect(await read(true)).toBe('sk_one');
  expect(state.unwrapped).toBe(1);
  expect(secretValues.takeAgentsWithUnopened()).toEqual([]);
});

test('a value that is no longer a version’s is forgotten, and its access tokens with it', async () => {
  const { vault } = testVault();
  const secretValues = new SecretValues();
  const [former, other] = [await linkTo(vault, randomUUID(), 'former'), await linkTo(vault, randomUUID(), 'other')];
  await openSecrets([former, other], { vault, secretValues, accessTokens, log }, true);
  expect(forgotten).toEqual([]);
  const latter = await linkTo(vault, former.credentialId, 'latter');
  await openSecrets([latter], { vault, secretValues, accessTokens, log }, false);
  expect(secretValues.get(former.credentialId, former.versionId ?? '')).toBeUndefined();
  expect(secretValues.get(former.credentialId, latter.versionId ?? '')).toBe('latter');
  await openSecrets([latter], { vault, secretValues, accessTokens, log }, true);
  expect(secretValues.get(other.credentialId, other.versionId ?? '')).toBeUndefined();
  expect(forgotten).toEqual([former.versionId, other.versionId]);
});

test('invariant 10: what waits for the key service is read again, what is damaged is not', async () => {
  const { vault, state } = testVault();
  const secretValues = new SecretValues();
  const row = await linkTo(vault, randomUUID(), 'sk_one');
  const read = async () =>
    (await openSecrets([row], { vault, secretValues, accessTokens, log }, false)).get(row.agentId);
  state.failure = new VaultUnavailableError('KMS', 'away');
  expect(await read()).toMatchObject([{ secretValue: null }]);
  expect(secretValues.takeAgentsWithUnopened()).toEqual([row.agentId]);
  state.failure = new VaultError('damaged');
  expect(await read()).toMatchObject([{ secretValue: null }]);
  expect(secretValues.takeAgentsWithUnopened()).toEqual([]);
});

test('the order of an agent’s links is kept, however long each takes', async () => {
  const { vault } = testVault();
  const agentId = randomUUID();
  const rows = await Promise.all(
    Array.from({ length: 40 }, (_, index) => linkTo(vault, randomUUID(), `value ${index}`, agentId)),
  );
  const links = await openSecrets(rows, { vault, secretValues: new SecretValues(), accessTokens, log }, true);
  expect(links.get(agentId)?.map(({ secretValue }) => secretValue)).toEqual(rows.map((_, index) => `value ${index}`));
});
