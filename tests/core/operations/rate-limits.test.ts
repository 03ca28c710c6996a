import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../../servers/seed.ts';
import { call } from './call.ts';

let parts: TestDependencies;
let caller: Caller;

beforeAll(async () => {
  parts = await testDependencies();
  caller = await seedCaller(parts.dependencies.database, 'manager');
  for (const name of ['free', 'slow', 'fast']) {
    await seedAgent(parts.dependencies.database, caller.organizationId, name);
  }
  await invoke('update_rate_limit', { agent: 'slow', rpm: 30, burst: 5 });
  await invoke('update_rate_limit', { agent: 'fast', rpm: 60 });
  const stranger = await seedCaller(parts.dependencies.database);
  await seedAgent(parts.dependencies.database, stranger.organizationId, 'foreign');
});

afterAll(() => parts.stop());

const invoke = (name: string, input: unknown) => call(parts.dependencies, caller, name, input);

test('list_rate_limits gives every agent, and with below_rpm those with a smaller limit', async () => {
  expect((await invoke('list_rate_limits', {})).items).toEqual([
    { agent: 'fast', rate_limit: { rpm: 60, burst: null }, version: 2 },
    { agent: 'free', rate_limit: null, version: 1 },
    { agent: 'slow', rate_limit: { rpm: 30, burst: 5 }, version: 2 },
  ]);
  expect((await invoke('list_rate_limits', { below_rpm: 60 })).items).toMatchObject([{ agent: 'slow' }]);
  const first = await invoke('list_rate_limits', { limit: 2 });
  const rest = await invoke('list_rate_limits', { limit: 2, cursor: first.next_cursor });
  expect([first.items.length, rest.items.map((item: { agent: string }) => item.agent), rest.next_cursor]).toEqual([
    2,
    ['slow'],
    null,
  ]);
});

test('update_rate_limit keeps a burst that is left out, and takes it away with the limit', async () => {
  expect((await invoke('update_rate_limit', { agent: 'slow', rpm: 40 })).rate_limit).toEqual({ rpm: 40, burst: 5 });
  expect((await invoke('update_rate_limit', { agent: 'slow', rpm: 40, burst: null })).rate_limit).toEqual({
    rpm: 40,
    burst: null,
  });
  const { version } = await invoke('update_rate_limit', { agent: 'slow', rpm: 30, burst: 5 });
  expect((await invoke('update_rate_limit', { agent: 'slow', rpm: null })).rate_limit).toBeNull();
  await expect(
    invoke('update_rate_limit', { agent: 'slow', rpm: 30, burst: 5, expected_version: version }),
  ).rejects.toMatchObject({ code: 'version_mismatch' });
  await expect(invoke('update_rate_limit', { agent: 'slow', rpm: null, burst: 5 })).rejects.toMatchObject({
    code: 'invalid_request',
  });
  await invoke('update_rate_limit', { agent: 'slow', rpm: 30, burst: 5 });
});

test('an operator reads limits and changes none; foreign agents are not there', async () => {
  const operator: Caller = { ...caller, role: 'operator' };
  await expect(
    call(parts.dependencies, operator, 'update_rate_limit', { agent: 'slow', rpm: 1 }),
  ).rejects.toMatchObject({ code: 'forbidden' });
  await expect(invoke('update_rate_limit', { agent: 'foreign', rpm: 1 })).rejects.toMatchObject({ code: 'not_found' });
});

test('an agent key has a limit of its own if it was made with one', async () => {
  await invoke('create_agent_key', { agent: 'fast', name: 'batch job', rate_limit_rpm: 10 });
  await invoke('create_agent_key', { agent: 'fast', name: 'service' });
  const { items } = await invoke('list_agent_keys', {});
  expect(items).toMatchObject([
    { name: 'service', rate_limit_rpm: null },
    { name: 'batch job', rate_limit_rpm: 10 },
  ]);
});
