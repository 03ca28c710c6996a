import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { RotatorSettings } from '../../../core/domain/rotators.ts';
import { createRotator } from '../../../core/rotators/create-rotator.ts';
import { mintOnce, removeUnfinished } from '../../../core/rotators/mint-once.ts';
import type { Rotator } from '../../../core/rotators/rotator.ts';
import { type ProviderServer, startProvider } from '../servers/provider.ts';
import type { ProviderKey } from '../servers/provider-keys.ts';
import { httpRotatorOf } from '../servers/provider-rotator.ts';
import { contextOf, failureOf, LONG_AGO, MARKER, passed, TestJournal } from './rotator-bench.ts';

let provider: ProviderServer;
let current: ProviderKey;
let rotator: Rotator;
let journal: TestJournal;

const rotatorWith = (settings: RotatorSettings) =>
  createRotator(settings, contextOf({ hosts: [provider.allowedHost], currentValue: current.value }), null);

beforeEach(async () => {
  provider = await startProvider();
  current = provider.keys.make('made by hand');
  rotator = rotatorWith(httpRotatorOf(provider));
  journal = new TestJournal();
});
afterEach(() => provider.stop());

/** Names of the keys that live at the provider. */
const active = () => provider.keys.active.map(({ name }) => name);

test('a key is made under its marker, works, is ended twice without harm, and is proved refused', async () => {
  const minted = await mintOnce(rotator, MARKER, journal);
  expect(active()).toEqual(['made by hand', MARKER]);
  expect(await rotator.verify(minted.value, new Date())).toEqual({ outcome: 'accepted' });
  expect(await rotator.proveRefused(minted.value, LONG_AGO)).toEqual({ outcome: 'accepted' });
  await rotator.revoke(minted);
  await rotator.revoke(minted);
  expect(await rotator.proveRefused(minted.value, new Date())).toEqual({ outcome: 'refused', status: 401 });
  expect(active()).toEqual(['made by hand']);
});

describe('invariant 4: no key is lost at the provider, whatever breaks while it is made', () => {
  test.each([
    ['the connection is cut after the key was made', () => (provider.faults.dropAfterMinting = 1), true],
    ['the answer cannot be read', () => (provider.faults.mintUnreadable = 1), true],
    ['the provider refuses with 503', () => (provider.faults.refuseMint = 1), true],
  ])('%s: the next attempt ends what was left and makes one key', async (_what, breakIt, maybeMinted) => {
    for (let i = 0; i < 7; i += 1) provider.keys.make(`of somebody else ${i}`);
    breakIt();
    expect(await failureOf(mintOnce(rotator, MARKER, journal))).toMatchObject({ maybeMinted });
    const minted = await mintOnce(rotator, MARKER, journal);
    expect(active().filter((name) => name === MARKER)).toEqual([MARKER]);
    expect(active()).toHaveLength(9);
    expect(await rotator.verify(minted.value, new Date())).toEqual({ outcome: 'accepted' });
  });

  test('the process dies between the answer and the record: the key is found by its marker and ended', async () => {
    journal.crashBeforeKeeping = true;
    await expect(mintOnce(rotator, MARKER, journal)).rejects.toThrow('the process is gone');
    expect(active()).toEqual(['made by hand', MARKER]);
    expect(await removeUnfinished(rotator, journal)).toHaveLength(1);
    expect([active(), journal.open]).toEqual([['made by hand'], null]);
  });

  test('the provider keeps silent after making the key', async () => {
    provider.faults.hangAfterMinting = 1;
    const failure = await failureOf(mintOnce(rotator, MARKER, journal));
    expect(failure).toMatchObject({ kind: 'retryable', maybeMinted: true });
    await mintOnce(rotator, MARKER, journal);
    expect(active()).toEqual(['made by hand', MARKER]);
  }, 20_000);

  test('a lost key is not looked for while the provider may still be making it', async () => {
    const plan = await rotator.plan(MARKER);
    const failure = await failureOf(rotator.find(plan));
    expect(failure.kind).toBe('retryable');
    expect(failure.retryAfterSeconds).toBeGreaterThan(10);
    expect(await rotator.find(passed(plan))).toEqual([]);
  });

  test('a plan that lay about is not used: nobody would know when its key came into being', async () => {
    const failure = await failureOf(rotator.mint(passed(await rotator.plan(MARKER))));
    expect(failure).toMatchObject({ kind: 'retryable', maybeMinted: false });
    expect(active()).toEqual(['made by hand']);
  });

  test('a recorded key is not taken for a lost one', async () => {
    const minted = await mintOnce(rotator, MARKER, journal);
    // Whatever page it is on.
    for (let i = 0; i < 7; i += 1) provider.keys.make(`of somebody else ${i}`);
    const plan = passed(await rotator.plan(MARKER));
    expect(await rotator.find(plan, [minted.provider_reference])).toEqual([]);
    expect(await rotator.find(plan)).toEqual([minted.provider_reference]);
  });

  test('nothing was sent: the plan ends at once, and no search is needed', async () => {
    await provider.stop();
    expect(await failureOf(mintOnce(rotator, MARKER, journal))).toMatchObject({
      kind: 'retryable',
      maybeMinted: false,
    });
    expect(journal.open).toBeNull();
    provider = await startProvider();
  });

  test('a provider that lists no keys leaves a broken attempt in doubt, and the person is told what to look for', async () => {
    const blind = rotatorWith(httpRotatorOf(provider, { find: undefined }));
    provider.faults.dropAfterMinting = 1;
    await failureOf(mintOnce(blind, MARKER, journal));
    const failure = await failureOf(mintOnce(blind, MARKER, journal));
    expect(failure.kind).toBe('in_doubt');
    expect(failure.message).toContain(MARKER);
    expect(provider.keys.active).toHaveLength(2);
  });

  test('the current value is never ended', async () => {
    const failure = await failureOf(rotator.revoke({ provider_reference: { id: current.id }, value: current.value }));
    expect(failure.kind).toBe('permanent');
    expect(active()).toEqual(['made by hand']);
  });
});

describe('what an answer proves', () => {
  test('a new key that never works is tried again, and refused when the provider has had its time', async () => {
    provider.faults.mintBroken = 1;
    const slow = rotatorWith(httpRotatorOf(provider, { settling_seconds: 60 }));
    const { value } = await mintOnce(slow, MARKER, journal);
    expect(await failureOf(slow.verify(value, new Date()))).toMatchObject({ kind: 'retryable', retryAfterSeconds: 2 });
    expect(await slow.verify(value, LONG_AGO)).toEqual({ outcome: 'refused', status: 401 });
  });

  test('a new key that the provider’s servers do not know yet is tried again until they do', async () => {
    provider.faults.settleMs = 60_000;
    const slow = rotatorWith(httpRotatorOf(provider, { settling_seconds: 60 }));
    const { value } = await mintOnce(slow, MARKER, journal);
    expect((await failureOf(slow.verify(value, new Date()))).kind).toBe('retryable');
    provider.keys.settledAt.clear();
    expect(await slow.verify(value, new Date())).toEqual({ outcome: 'accepted' });
  });

  test('an ended key that still works is tried again, and told when the provider has had its time', async () => {
    const slow = rotatorWith(httpRotatorOf(provider, { settling_seconds: 60 }));
    expect((await failureOf(slow.proveRefused(current.value, new Date()))).kind).toBe('retryable');
    expect(await slow.proveRefused(current.value, LONG_AGO)).toEqual({ outcome: 'accepted' });
  });

  test('500 on ending a key leaves it and is tried again', async () => {
    const minted = await mintOnce(rotator, MARKER, journal);
    provider.faults.failRevoke = 1;
    expect((await failureOf(rotator.revoke(minted))).kind).toBe('retryable');
    await rotator.revoke(minted);
    expect(active()).toEqual(['made by hand']);
  });

  test('a key that a person entered is ended only where its ID is known', async () => {
    const { value } = provider.keys.make('entered by a person');
    const old = { provider_reference: null, value };
    expect((await failureOf(rotator.revoke(old))).kind).toBe('in_doubt');
    const id = provider.keys.withValue(value)?.id;
    await rotatorWith(httpRotatorOf(provider, { initial_reference: id })).revoke(old);
    expect(active()).toEqual(['made by hand']);
  });

  test('without a verify request and without a probe it says what is missing', async () => {
    const bare = rotatorWith(httpRotatorOf(provider, { verify: undefined }));
    expect((await failureOf(bare.verify(current.value, new Date()))).message).toContain('probe');
  });
});
