import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { ConfigError, loadConfig } from '../../../core/config.ts';
import { masterKeyWithId } from '../../../core/vault/master-key.ts';
import { readMasterKeys } from '../../../core/vault/master-keys.ts';

const ARN = 'arn:aws:kms:eu-central-1:123456789012:key/0d7f31a4-6b1f-4f0e-9b1a-0a4a3e1f2b3c';
const LOCAL = Buffer.alloc(32, 1).toString('base64');
let dataDir: string;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-keys-'));
});

afterAll(() => rm(dataDir, { recursive: true }));

function read(masterKey: string | undefined, others: NodeJS.ProcessEnv = {}) {
  return readMasterKeys(loadConfig({ AGENTGATEWAY_DATA_DIR: dataDir, AGENTGATEWAY_MASTER_KEY: masterKey, ...others }));
}

describe('AGENTGATEWAY_MASTER_KEY', () => {
  test('unset: a private file, made once however many processes begin together', async () => {
    const keys = await Promise.all(Array.from({ length: 8 }, () => read(undefined)));
    expect(new Set(keys.map(([key]) => key.id)).size).toBe(1);
    expect((await stat(join(dataDir, 'master.key'))).mode & 0o777).toBe(0o600);
    expect(Buffer.from(await readFile(join(dataDir, 'master.key'), 'utf8'), 'base64')).toHaveLength(32);
  });

  test('unset: a file that is damaged, cannot be read, or is another than the one that wrapped is told by its name', async () => {
    const own = await mkdtemp(join(dataDir, 'own-'));
    const file = join(own, 'master.key');
    const readOwn = () => readMasterKeys(loadConfig({ AGENTGATEWAY_DATA_DIR: own }));
    await writeFile(file, LOCAL.slice(0, 20));
    await expect(readOwn()).rejects.toThrow(new ConfigError(`${file} is damaged. Restore it from a backup.`));
    await rm(file);
    await mkdir(file);
    await expect(readOwn()).rejects.toThrow(new ConfigError(`${file}, the master key, cannot be read (EISDIR).`));
    const keys = await read(undefined);
    expect(() => masterKeyWithId(keys, 'lost')).toThrow(/put the data folder’s master\.key back/);
  });

  test('a list may mix kinds; the file of the data folder can be one of them', async () => {
    await read(undefined);
    const aws = { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'x'.repeat(40) };
    const list = `awskms:///${ARN}, vault+https://vault.example.com/transit/key,${LOCAL},file://${dataDir}/master.key`;
    const keys = await read(list, { ...aws, VAULT_TOKEN: 'hvs.x' });
    expect(keys.map(({ isRemote }) => isRemote)).toEqual([true, true, false, false]);
    expect(keys[0].id).toBe(`awskms:///${ARN}`);
    expect(keys[3]?.id).toBe((await read(undefined))[0].id);
  });

  test.each([
    ['c2hvcnQ=', '32 bytes in base64'],
    [`${LOCAL},`, '32 bytes in base64'],
    ['awskms:///alias/agentgateway', 'arn:aws:kms'],
    [`awskms:///${ARN}?regoin=eu-west-1`, '?region='],
    [`awskms:///${ARN}?endpoint=http%3A%2F%2Fkms.example.com`, 'must be https'],
    [`awskms:///${ARN}`, 'AWS_ACCESS_KEY_ID'],
    ['file:///nowhere/master.key', 'ENOENT'],
  ])('%s stops the start with what would be right, without the value', async (wrong, told) => {
    const aws = told === 'AWS_ACCESS_KEY_ID' ? {} : { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'x' };
    const error = await read(wrong, aws).then(
      () => undefined,
      (thrown: Error) => thrown,
    );
    expect(error).toMatchObject({ name: 'ConfigError', message: expect.stringContaining(told) });
    expect(error?.message).not.toContain(LOCAL);
  });
});
