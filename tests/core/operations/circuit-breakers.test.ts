import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { DEFAULT_BREAKER_SETTINGS } from '../../../core/domain/circuit-breaker-settings.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedAgent, seedApp, seedCaller } from '../../servers/seed.ts';
import { call } from './call.ts';

let stack: TestDependencies;
let manager: Caller;

beforeAll(async () => {
  stack = await testDependencies();
});
afterAll(() => stack.stop());
beforeEach(async () => {
  manager = await seedCaller(stack.dependencies.database, 'manager');
  await seedAgent(stack.dependencies.database, manager.organizationId);
});

const as = (name: string, input: object = {}, caller = manager) =>
  call(stack.dependencies, caller, name, { agent: 'stripe-relay', ...input });
const update = (input: object, caller = manager) => as('update_circuit_breaker', input, caller);

test('settings change member by member, and null brings the defaults back', async () => {
  const first = await update({ settings: { failure_rate: 0.2, failure_statuses: ['503', '4xx'] } });
  expect(first.circuit_breaker.settings).toEqual({
    ...DEFAULT_BREAKER_SETTINGS,
    failure_rate: 0.2,
    failure_statuses: ['503', '4xx'],
  });
  const second = await update({ settings: { minimum_calls: 3 }, expected_version: first.circuit_breaker.version });
  expect(second.circuit_breaker.settings).toMatchObject({ failure_rate: 0.2, minimum_calls: 3 });
  const last = await update({ settings: null });
  expect(last.circuit_breaker.settings).toEqual(DEFAULT_BREAKER_SETTINGS);
});

test.each([
  ['nothing to change', {}],
  ['a rate above 1', { settings: { failure_rate: 1.1 } }],
  ['a rate of 0', { settings: { failure_rate: 0 } }],
  ['a status that is none', { settings: { failure_statuses: ['6xx'] } }],
  ['a cool-down above the longest', { settings: { cool_down_seconds: 400 } }],
  ['an override without an end', { override: { state: 'open' } }],
  ['an override for half open', { override: { state: 'half_open', for_seconds: 60 } }],
])('400 invalid_request for %s', async (_, input) => {
  await expect(update(input)).rejects.toMatchObject({ code: 'invalid_request' });
});

test('409 version_mismatch when it was changed meanwhile', async () => {
  await update({ settings: { minimum_calls: 3 } });
  await expect(update({ settings: { minimum_calls: 4 }, expected_version: 1 })).rejects.toMatchObject({
    code: 'version_mismatch',
  });
});

test('an operator sees breakers and changes none', async () => {
  const operator = { ...manager, role: 'operator' as const };
  expect((await call(stack.dependencies, operator, 'list_circuit_breakers')).items).toHaveLength(1);
  await expect(update({ override: null }, operator)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(as('reset_circuit_breaker', {}, operator)).rejects.toMatchObject({ code: 'forbidden' });
});

test('what a person holds it at shows at once, with who and until when, and ends by its removal', async () => {
  const { caller: app } = await seedApp(stack.dependencies, manager);
  const by = `${manager.person.email} (Claude)`;
  const { circuit_breaker } = await update({ override: { state: 'open', for_seconds: 600 } }, app);
  const { until } = circuit_breaker.override;
  expect(Date.parse(until) - Date.now()).toBeGreaterThan(590_000);
  expect(circuit_breaker).toMatchObject({
    state: 'open',
    why: `Held open by ${by} until ${until}.`,
    evidence: { by, until },
    override: { state: 'open', by },
  });
  expect((await as('get_agent')).agent.circuit_breaker).toEqual({ state: 'open' });
  const after = (await update({ override: null })).circuit_breaker;
  expect(after).toMatchObject({ state: 'closed', override: null });
  expect(after.changes.map(({ from, to }: { from: string; to: string }) => `${from} ${to}`)).toEqual([
    'open closed',
    'closed open',
  ]);
});

test('a reset closes it, ends what is held by hand and reaches the relays by the agent’s row', async () => {
  await update({ override: { state: 'open', for_seconds: 600 } });
  const resetAt = async () => {
    const { circuit_breaker } = await as('reset_circuit_breaker');
    expect(circuit_breaker).toMatchObject({
      state: 'closed',
      override: null,
      why: `Reset by ${manager.person.email}.`,
    });
    const agent = await stack.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
      transaction.agent.findFirstOrThrow(),
    );
    return agent.breakerResetAt?.getTime() ?? 0;
  };
  // Each is a moment of its own, or a relay could take two for one.
  expect(await resetAt()).toBeLessThan(await resetAt());
});

test('a restored agent comes back with its breaker closed', async () => {
  await update({ override: { state: 'open', for_seconds: 600 } });
  await stack.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
    transaction.agent.updateMany({ data: { deletedAt: new Date(), restorableUntil: new Date(Date.now() + 60_000) } }),
  );
  const { agent } = await as('restore_agent');
  expect(agent.circuit_breaker).toEqual({ state: 'closed' });
  const { items } = await call(stack.dependencies, manager, 'list_circuit_breakers');
  expect(items[0]).toMatchObject({ state: 'closed', override: null });
});
