import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { type RotatorSettings, rotatorSettings } from '../../../core/domain/rotators.ts';
import { createRotator } from '../../../core/rotators/create-rotator.ts';
import { mintOnce, removeUnfinished } from '../../../core/rotators/mint-once.ts';
import type { MintPlan } from '../../../core/rotators/rotator.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { type MotoServer, startMoto } from '../servers/moto.ts';
import { contextOf, failureOf, LONG_AGO, MARKER, passed, TestJournal } from './rotator-bench.ts';

const POLICY = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'iam:*AccessKey*', Resource: '*' }],
});

describeNeeding(['moto'], 'aws_iam at moto, which checks signatures, rights and the quota of two keys', () => {
  let moto: MotoServer;
  let journal: TestJournal;

  beforeAll(async () => {
    moto = await startMoto();
    await user('administrator');
  });
  afterAll(() => moto?.stop());
  beforeEach(() => {
    journal = new TestJournal();
  });

  /** A new IAM user with the right to its own keys, who has none yet. */
  async function user(name: string): Promise<void> {
    await moto.relax();
    await moto.call('iam', { Action: 'CreateUser', UserName: name });
    await moto.call('iam', { Action: 'PutUserPolicy', UserName: name, PolicyName: 'keys', PolicyDocument: POLICY });
    await moto.enforce();
  }

  /** A key that somebody makes by hand. */
  async function keyByHand(userName: string): Promise<{ id: string; value: string }> {
    await moto.relax();
    const xml = await moto.call('iam', { Action: 'CreateAccessKey', UserName: userName });
    await moto.enforce();
    const id = /<AccessKeyId>(.*?)</.exec(xml)?.[1] ?? '';
    return { id, value: `${id}:${/<SecretAccessKey>(.*?)</.exec(xml)?.[1]}` };
  }

  async function keyIds(userName: string): Promise<string[]> {
    await moto.relax();
    const xml = await moto.call('iam', { Action: 'ListAccessKeys', UserName: userName });
    await moto.enforce();
    return [...xml.matchAll(/<AccessKeyId>(.*?)</g)].map(([, id = '']) => id);
  }

  const settingsFor = (userName: string): RotatorSettings =>
    rotatorSettings.parse({
      kind: 'aws_iam',
      user_name: userName,
      iam_url: moto.url,
      sts_url: moto.url,
      settling_seconds: 0,
    });

  const rotatorOf = (userName: string, currentValue: string | null, adminValue?: string) => {
    const hosts = [moto.url];
    const admin = adminValue === undefined ? {} : { adminValue };
    return createRotator(settingsFor(userName), contextOf({ hosts, currentValue, ...admin }), null);
  };

  /** The key of an attempt that died before anything was recorded. */
  async function loseKey(userName: string, value: string): Promise<void> {
    journal.crashBeforeKeeping = true;
    await expect(mintOnce(rotatorOf(userName, value), MARKER, journal)).rejects.toThrow('the process is gone');
  }

  test('a user rotates its own key: made, verified by STS, the old one ended by the new one, proved refused', async () => {
    await user('own-keys');
    const old = await keyByHand('own-keys');
    const minted = await mintOnce(rotatorOf('own-keys', old.value), MARKER, journal);
    const after = rotatorOf('own-keys', minted.value);
    expect(await after.verify(minted.value, new Date())).toEqual({ outcome: 'accepted' });
    // The hand-made key has no recorded reference: its ID stands in its value.
    await after.revoke({ provider_reference: null, value: old.value });
    await after.revoke({ provider_reference: { id: old.id }, value: old.value });
    expect(await after.proveRefused(old.value, new Date())).toEqual({ outcome: 'refused', status: 403 });
    expect(await keyIds('own-keys')).toEqual([minted.provider_reference.id]);
  });

  test('a key lost in a crash is told by the list from before, and ended', async () => {
    await user('lost-key');
    const old = await keyByHand('lost-key');
    await loseKey('lost-key', old.value);
    expect(await keyIds('lost-key')).toHaveLength(2);
    await mintOnce(rotatorOf('lost-key', old.value), MARKER, journal);
    expect(await keyIds('lost-key')).toEqual([old.id, journal.kept?.provider_reference.id]);
  });

  test('nothing was made: nothing is ended', async () => {
    await user('nothing-made');
    const old = await keyByHand('nothing-made');
    const rotator = rotatorOf('nothing-made', old.value);
    journal.open = await rotator.plan(MARKER);
    expect(await removeUnfinished(rotator, journal)).toEqual([]);
    expect(await keyIds('nothing-made')).toEqual([old.id]);
  });

  /** Loses a key, changes what is known of the attempt, and tells what the search makes of it. */
  async function inDoubt(userName: string, value: string, change: (plan: MintPlan) => MintPlan) {
    await loseKey(userName, value);
    const failure = await failureOf(rotatorOf(userName, value).find(passed(change(journal.open as MintPlan))));
    expect(failure.kind).toBe('in_doubt');
    return failure.keysInDoubt.map(({ id }) => id);
  }

  test('in doubt, never guessed: a new key from outside of our call’s window', async () => {
    await user('other-window');
    const old = await keyByHand('other-window');
    const earlier = new Date(Date.now() - 300_000).toISOString();
    const keys = await inDoubt('other-window', old.value, (plan) => ({
      ...plan,
      before: { key_ids: [old.id], listed_at: earlier },
    }));
    expect(keys).toHaveLength(1);
    expect(await keyIds('other-window')).toEqual([old.id, keys[0]]);
  });

  test('in doubt, never guessed: two new keys', async () => {
    await user('two-new');
    const old = await keyByHand('two-new');
    const keys = await inDoubt('two-new', old.value, (plan) => ({
      ...plan,
      before: { key_ids: [], listed_at: plan.before?.listed_at ?? '' },
    }));
    expect(keys).toEqual(await keyIds('two-new'));
  });

  test('in doubt, never guessed: somebody uses the new key, so its value was not lost', async () => {
    await user('in-use');
    const old = await keyByHand('in-use');
    const rotator = rotatorOf('in-use', old.value);
    const plan = await rotator.plan(MARKER);
    const others = await keyByHand('in-use');
    await rotatorOf('in-use', others.value)
      .plan('any call')
      .catch(() => {});
    const failure = await failureOf(rotator.find(passed(plan)));
    expect([failure.kind, failure.keysInDoubt.map(({ id }) => id)]).toEqual(['in_doubt', [others.id]]);
  });

  test('with both slots taken nothing is tried, and the person is told which keys there are', async () => {
    await user('full');
    const old = await keyByHand('full');
    const second = await keyByHand('full');
    const failure = await failureOf(rotatorOf('full', old.value).plan(MARKER));
    expect(failure).toMatchObject({ kind: 'permanent', maybeMinted: false });
    expect(failure.message).toContain(old.id);
    expect(failure.message).toContain(second.id);
  });

  test('a key of another user is not rotated by a slip in the settings', async () => {
    await user('one');
    await user('another');
    const mine = await keyByHand('one');
    await keyByHand('another');
    const failure = await failureOf(rotatorOf('another', mine.value).plan(MARKER));
    expect([failure.kind, failure.message]).toEqual(['permanent', expect.stringContaining('Check user_name')]);
    expect(failure.message).not.toContain(mine.value.split(':')[1]);
  });

  test('invariant 4: the current key is not ended, by whatever name it is called', async () => {
    await user('current');
    const old = await keyByHand('current');
    const failure = await failureOf(
      rotatorOf('current', old.value).revoke({ provider_reference: { id: old.id }, value: null }),
    );
    expect(failure.kind).toBe('permanent');
    expect(await keyIds('current')).toEqual([old.id]);
  });

  test('an administrator makes and ends the keys of a user who may not', async () => {
    await user('powerless');
    await moto.relax();
    await moto.call('iam', { Action: 'DeleteUserPolicy', UserName: 'powerless', PolicyName: 'keys' });
    const admin = await keyByHand('administrator');
    const old = await keyByHand('powerless');
    expect((await failureOf(rotatorOf('powerless', old.value).plan(MARKER))).message).toContain('has the right to it');
    const rotator = rotatorOf('powerless', old.value, admin.value);
    const minted = await mintOnce(rotator, MARKER, journal);
    expect(await rotator.verify(minted.value, LONG_AGO)).toEqual({ outcome: 'accepted' });
    await rotator.revoke(minted);
    expect(await keyIds('powerless')).toEqual([old.id]);
  });
});
