import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';
import { call } from './call.ts';

const PRICE = { currency: 'USD', per_request: 0.002, llm: { input_per_million: 3, output_per_million: 15 } };

let parts: TestDependencies;
let caller: Caller;
beforeAll(async () => {
  parts = await testDependencies();
  caller = await seedCaller(parts.dependencies.database, 'manager');
});
afterAll(() => parts.stop());

const invoke = (name: string, input: unknown) => call(parts.dependencies, caller, name, input);
const create = (name: string, given: object) => invoke('create_agent', { name, upstream_url: 'api.test', ...given });

test('a price and durable logs are set, changed and taken away', async () => {
  const { agent } = await create('priced', { price: PRICE, routing: { durable_logs: true } });
  expect(agent).toMatchObject({ price: PRICE, routing: { durable_logs: true, retries: 1 } });
  const update = async (price: unknown) => (await invoke('update_agent', { agent: 'priced', price })).agent.price;
  expect(await update({ currency: 'USD', per_megabyte: 1 })).toEqual({ currency: 'USD', per_megabyte: 1 });
  expect((await invoke('update_agent', { agent: 'priced', enabled: false })).agent.price).not.toBeNull();
  expect(await update(null)).toBeNull();
});

test.each([
  { currency: 'dollars' },
  { currency: 'USD', per_request: -1 },
  { currency: 'USD', llm: { input_per_million: 1 } },
  { currency: 'USD', per_token: 1 },
])('what is no price is refused: %j', async (price) => {
  await expect(create('wrong', { price })).rejects.toMatchObject({ code: 'invalid_request' });
});

test('all prices of an organization are in one currency, since spend is added up', async () => {
  await create('in-dollars', { price: PRICE });
  await expect(create('in-euros', { price: { ...PRICE, currency: 'EUR' } })).rejects.toMatchObject({
    code: 'conflict',
    detail: expect.stringContaining('in-dollars is priced in USD'),
  });
  expect(
    (await invoke('update_agent', { agent: 'in-dollars', price: { ...PRICE, currency: 'EUR' } })).agent.price,
  ).toEqual({ ...PRICE, currency: 'EUR' });
});
