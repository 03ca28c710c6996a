import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedApp, seedCaller } from '../../servers/seed.ts';
import { type Answer, call } from './call.ts';

let stack: TestDependencies;
let manager: Caller;
let app: Caller;
let agent: string;
let credential: string;

beforeAll(async () => {
  stack = await testDependencies();
  manager = await seedCaller(stack.dependencies.database, 'manager');
  app = (await seedApp(stack.dependencies, manager)).caller;
});
afterAll(() => stack?.stop());

const run = (name: string, input: object, caller = manager): Promise<Answer> =>
  call(stack.dependencies, caller, name, input);

beforeEach(async () => {
  agent = `agent-${randomUUID().slice(0, 8)}`;
  credential = `credential-${randomUUID().slice(0, 8)}`;
  await run('create_agent', { name: agent, upstream_url: 'https://api.vendor.test' });
  await run('create_credential', { name: credential, allowed_hosts: ['api.vendor.test'], value: 'client-secret-1' });
});

const oauth = { kind: 'oauth2_client_credentials', token_url: 'https://auth.vendor.test/token/', client_id: 'me' };
const link = (injection: object, more: object = {}, caller = manager) =>
  run('link_credential', { agent, credential, injection, ...more }, caller);

describe('invariant 9: a token URL says where a secret goes', () => {
  test('a person links it once its host is allowed, and sees it as it was written', async () => {
    await expect(link(oauth)).rejects.toMatchObject({ code: 'host_not_allowed' });
    const { agent: linked } = await link(oauth, { allow_host: true });
    expect(linked.credentials).toEqual([{ name: credential, injection: oauth }]);
    const { credential: opened } = await run('get_credential', { credential });
    expect(opened.allowed_hosts).toEqual(['api.vendor.test', 'auth.vendor.test']);
  });

  test('no OAuth app names one, whatever else it may link', async () => {
    await expect(link(oauth, {}, app)).rejects.toMatchObject({ code: 'invalid_request' });
    await expect(link({ kind: 'bearer', token_url: oauth.token_url }, {}, app)).rejects.toMatchObject({
      code: 'invalid_request',
    });
    const aws = { kind: 'aws_sigv4', region: 'us-east-1', service: 's3' };
    const { agent: linked } = await link(aws, {}, app);
    expect(linked.credentials).toEqual([{ name: credential, injection: aws }]);
  });

  test('its host cannot be taken off the list while the link is there', async () => {
    await link(oauth, { allow_host: true });
    await expect(run('update_credential', { credential, allowed_hosts: ['api.vendor.test'] })).rejects.toMatchObject({
      code: 'conflict',
    });
  });
});

test('what writes Authorization does so alone', async () => {
  await link({ kind: 'basic' });
  const other = `credential-${randomUUID().slice(0, 8)}`;
  await run('create_credential', { name: other, allowed_hosts: ['api.vendor.test'], value: 'another-secret-1' });
  const aws = { kind: 'aws_sigv4', region: 'us-east-1', service: 's3' };
  await expect(run('link_credential', { agent, credential: other, injection: aws })).rejects.toMatchObject({
    code: 'conflict',
  });
});
