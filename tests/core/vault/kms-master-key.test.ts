import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { AwsCredentials } from '../../../core/outbound/aws-credentials.ts';
import { VaultError, VaultUnavailableError } from '../../../core/vault/key-wrapper.ts';
import { kmsMasterKey } from '../../../core/vault/kms-master-key.ts';
import { type MotoServer, startMoto } from '../../rotation/servers/moto.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';

const dataKey = Buffer.alloc(32, 7);
const POLICY = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: ['kms:Encrypt', 'kms:Decrypt'], Resource: '*' }],
};

describeNeeding(['moto'], 'a key of AWS KMS', () => {
  let moto: MotoServer;
  let uri: string;
  let credentials: AwsCredentials;

  /** moto asks for no signature before `enforce`. */
  async function createKey(): Promise<string> {
    const response = await fetch(moto.url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.1',
        'x-amz-target': 'TrentService.CreateKey',
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIAsetup/20200101/us-east-1/kms/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: '{}',
    });
    const { KeyMetadata } = (await response.json()) as { KeyMetadata: { Arn: string } };
    return KeyMetadata.Arn;
  }

  beforeAll(async () => {
    moto = await startMoto();
    uri = `awskms:///${await createKey()}?endpoint=${encodeURIComponent(moto.url)}`;
    await moto.call('iam', { Action: 'CreateUser', UserName: 'agentgateway' });
    const policy = { UserName: 'agentgateway', PolicyName: 'wrap', PolicyDocument: JSON.stringify(POLICY) };
    await moto.call('iam', { Action: 'PutUserPolicy', ...policy });
    const answer = await moto.call('iam', { Action: 'CreateAccessKey', UserName: 'agentgateway' });
    const member = (name: string) => new RegExp(`<${name}>(.*?)<`).exec(answer)?.[1] ?? '';
    credentials = {
      accessKeyId: member('AccessKeyId'),
      secretAccessKey: member('SecretAccessKey'),
      sessionToken: null,
    };
    await moto.enforce();
  });

  afterAll(() => moto.stop());

  test('wraps and unwraps, with signatures that are checked', async () => {
    const masterKey = kmsMasterKey(uri, credentials);
    const wrapped = await masterKey.wrap(dataKey, 'this organization');
    expect(wrapped.includes(dataKey)).toBe(false);
    expect(await masterKey.unwrap(wrapped, 'this organization')).toEqual(dataKey);
    const forged = kmsMasterKey(uri, { ...credentials, secretAccessKey: 'x'.repeat(40) });
    await expect(forged.wrap(dataKey, 'this organization')).rejects.toThrow(VaultUnavailableError);
  });

  test('unwraps nothing that was moved or changed', async () => {
    const masterKey = kmsMasterKey(uri, credentials);
    const wrapped = await masterKey.wrap(dataKey, 'this organization');
    await expect(masterKey.unwrap(wrapped, 'another organization')).rejects.toThrow(VaultError);
    wrapped[wrapped.length - 1] = (wrapped[wrapped.length - 1] ?? 0) ^ 1;
    await expect(masterKey.unwrap(wrapped, 'this organization')).rejects.toThrow(VaultError);
  });

  test('a key that is not there may come back: unavailable, not damaged', async () => {
    const elsewhere = uri.replace(/key\/[\w-]+/, 'key/00000000-0000-0000-0000-000000000000');
    const error = await kmsMasterKey(elsewhere, credentials)
      .wrap(dataKey, 'x')
      .catch((thrown: Error) => thrown);
    expect(error).toBeInstanceOf(VaultUnavailableError);
    expect((error as Error).cause).toMatchObject({ message: expect.stringContaining('NotFoundException') });
  });
});
