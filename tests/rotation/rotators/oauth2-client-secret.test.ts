import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { rotatorSettings } from '../../../core/domain/rotators.ts';
import { createRotator } from '../../../core/rotators/create-rotator.ts';
import { mintOnce } from '../../../core/rotators/mint-once.ts';
import { type ProviderServer, startProvider } from '../servers/provider.ts';
import { keyRequestsOf } from '../servers/provider-rotator.ts';
import { contextOf, LONG_AGO, MARKER, TestJournal } from './rotator-bench.ts';

let provider: ProviderServer;

beforeAll(async () => {
  provider = await startProvider();
});
afterAll(() => provider.stop());

test('a client secret is tried by asking for an access token, and proved refused the same way', async () => {
  const current = provider.keys.make('first secret');
  const settings = rotatorSettings.parse({
    kind: 'oauth2_client_secret',
    ...keyRequestsOf(provider),
    token_url: `${provider.url}/oauth/token`,
    client_id: 'billing service',
    scope: 'read write',
    settling_seconds: 0,
  });
  const context = contextOf({
    hosts: [provider.allowedHost],
    currentValue: current.value,
    adminValue: provider.adminSecret,
  });
  const rotator = createRotator(settings, context, null);
  const minted = await mintOnce(rotator, MARKER, new TestJournal());
  expect(await rotator.verify(minted.value, new Date())).toEqual({ outcome: 'accepted' });
  expect(provider.keys.withValue(minted.value)?.verifyUses).toBe(1);
  await rotator.revoke(minted);
  expect(await rotator.proveRefused(minted.value, new Date())).toEqual({ outcome: 'refused', status: 401 });
  expect(await rotator.proveRefused(current.value, LONG_AGO)).toEqual({ outcome: 'accepted' });
});
