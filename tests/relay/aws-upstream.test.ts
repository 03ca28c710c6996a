import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { type MotoServer, startMoto } from '../rotation/servers/moto.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { link, TestRelay } from './relay-harness.ts';

/** The AWS services as moto plays them: it computes every signature anew and compares. */
describeNeeding(['moto'], 'aws_sigv4 against services that check signatures', () => {
  let moto: MotoServer;
  let relay: TestRelay;

  beforeAll(async () => {
    moto = await startMoto();
    await moto.call('iam', { Action: 'CreateUser', UserName: 'relay' });
    const created = await moto.call('iam', { Action: 'CreateAccessKey', UserName: 'relay' });
    const PolicyDocument = JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
    });
    await moto.call('iam', { Action: 'PutUserPolicy', UserName: 'relay', PolicyName: 'all', PolicyDocument });
    await moto.enforce();
    const member = (name: string) => new RegExp(`<${name}>([^<]+)<`).exec(created)?.[1] ?? '';
    const [id, secret] = [member('AccessKeyId'), member('SecretAccessKey')];

    relay = await new TestRelay().start();
    const port = Number(new URL(moto.url).port);
    const add = (name: string, service: string, key: string) =>
      relay.addAgent(name, moto.url, {}, [link({ port }, { kind: 'aws_sigv4', region: 'us-east-1', service }, key)]);
    add('iam', 'iam', `${id}:${secret}`);
    add('dynamodb', 'dynamodb', JSON.stringify({ access_key_id: id, secret_access_key: secret }));
    add('s3', 's3', `${id}:${secret}`);
    add('wrong', 'iam', `${id}:${'x'.repeat(40)}`);
  });
  afterAll(async () => {
    await relay?.stop();
    await moto?.stop();
  });

  const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
  const LIST_USERS = 'Version=2010-05-08&Action=ListUsers';

  test('a query, a form and a JSON body are accepted', async () => {
    expect(await (await relay.call(`/iam/?${LIST_USERS}`)).text()).toContain('<UserName>relay<');
    const form = await relay.call('/iam/', { method: 'POST', body: LIST_USERS, headers: FORM });
    expect(await form.text()).toContain('<UserName>relay<');
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'DynamoDB_20120810.ListTables' };
    const json = await relay.call('/dynamodb/', { method: 'POST', body: '{}', headers });
    expect(await json.json()).toEqual({ TableNames: [] });
  });

  test('an object goes in and comes out', async () => {
    expect((await relay.call('/s3/bucket', { method: 'PUT' })).status).toBe(200);
    const headers = { 'content-type': 'text/plain', 'x-amz-meta-note': ' a  b ' };
    const put = await relay.call('/s3/bucket/some/object.txt', { method: 'PUT', body: 'hello', headers });
    expect(put.status).toBe(200);
    expect(await (await relay.call('/s3/bucket/some/object.txt')).text()).toBe('hello');
    const listed = await relay.call('/s3/bucket?prefix=some/&list-type=2');
    expect(await listed.text()).toContain('<Key>some/object.txt<');
  });

  test('another key is refused', async () => {
    const response = await relay.call(`/wrong/?${LIST_USERS}`);
    expect([response.status, await response.text()]).toEqual([403, expect.stringContaining('SignatureDoesNotMatch')]);
  });
});
