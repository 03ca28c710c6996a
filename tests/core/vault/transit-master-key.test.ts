import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { VaultError, VaultUnavailableError } from '../../../core/vault/key-wrapper.ts';
import { transitMasterKey } from '../../../core/vault/transit-master-key.ts';
import { TransitServer } from '../../servers/transit-server.ts';

const dataKey = Buffer.alloc(32, 7);
let server: TransitServer;
let uri: string;

beforeAll(async () => {
  server = await new TransitServer().start();
  uri = server.addKey('agentgateway');
});

afterAll(() => server.stop());

const causeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => 'no error',
    (error: Error) => error.cause,
  );

describe('a key of a transit engine', () => {
  test('wraps and unwraps, also what an older version of the key wrapped', async () => {
    const masterKey = transitMasterKey(uri, server.token);
    const wrapped = await masterKey.wrap(dataKey, 'this organization');
    expect(wrapped.includes(dataKey)).toBe(false);
    server.rotateKey('agentgateway');
    expect(await masterKey.unwrap(wrapped, 'this organization')).toEqual(dataKey);
    expect((await masterKey.wrap(dataKey, 'this organization')).toString()).toMatch(/^vault:v2:/);
  });

  test('unwraps nothing that was moved or changed', async () => {
    const masterKey = transitMasterKey(uri, server.token);
    const wrapped = await masterKey.wrap(dataKey, 'this organization');
    await expect(masterKey.unwrap(wrapped, 'another organization')).rejects.toThrow(VaultError);
    await expect(masterKey.unwrap(Buffer.from('vault:v9:AAAA'), 'this organization')).rejects.toThrow(VaultError);
  });

  test('what may be mended at the engine is told as unavailable, and why only to the log', async () => {
    const refused = transitMasterKey(uri, 'hvs.wrong');
    await expect(refused.wrap(dataKey, 'x')).rejects.toThrow(VaultUnavailableError);
    await expect(refused.wrap(dataKey, 'x')).rejects.toThrow(/^The key service does not answer/);
    expect(await causeOf(refused.wrap(dataKey, 'x'))).toMatchObject({
      message: expect.stringContaining('VAULT_TOKEN'),
    });
    const unknown = transitMasterKey(uri.replace(/agentgateway$/, 'unknown'), server.token);
    expect(await causeOf(unknown.wrap(dataKey, 'x'))).toMatchObject({ message: expect.stringContaining('400') });
    const unmounted = transitMasterKey(uri.replace('/transit/', '/elsewhere/'), server.token);
    expect(await causeOf(unmounted.wrap(dataKey, 'x'))).toMatchObject({ message: expect.stringContaining('404') });
  });

  test('an engine that does not answer is not asked again at once', async () => {
    const masterKey = transitMasterKey(uri, server.token);
    server.isSilent = true;
    expect(await causeOf(masterKey.wrap(dataKey, 'x'))).toMatchObject({ message: expect.stringContaining('Timeout') });
    server.isSilent = false;
    expect(await causeOf(masterKey.wrap(dataKey, 'x'))).toMatchObject({
      message: expect.stringContaining('a moment ago'),
    });
  });
});

describe('its address', () => {
  test.each([
    'vault+https://vault.example.com/agentgateway',
    'vault+https://vault.example.com/transit/a%2Fb',
    'vault+https://vault.example.com/transit/key?x=1',
    'vault+http://vault.example.com/transit/key',
    'vault+ftp://127.0.0.1/transit/key',
    'vault+nonsense',
  ])('%s is refused', (wrong) => {
    expect(() => transitMasterKey(wrong, 'hvs.x')).toThrow('write vault+https://host/mount/key-name');
  });

  test('needs a token, unless an agent on this machine adds its own', () => {
    expect(() => transitMasterKey('vault+https://vault.example.com/transit/key', undefined)).toThrow('set VAULT_TOKEN');
    expect(transitMasterKey('vault+http://127.0.0.1:8200/team/transit/key', undefined).id).toBe(
      'vault+http://127.0.0.1:8200/team/transit/key',
    );
  });
});
