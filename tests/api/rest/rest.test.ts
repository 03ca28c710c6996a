import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import express from 'express';
import { assignRequestId } from '../../../api/request-id.ts';
import { createRestRouter } from '../../../api/rest/router.ts';
import { csrfTokenFor } from '../../../api/sessions/csrf.ts';
import type { Caller } from '../../../core/domain/caller.ts';
import { createSession } from '../../../core/services/sessions.ts';
import { call } from '../../core/operations/call.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';
import { createApiTokenFor } from './api-token.ts';

let stack: TestDependencies;
let admin: Caller;
let server: Server;
let base: string;
let apiToken: string;

beforeAll(async () => {
  stack = await testDependencies();
  admin = await seedCaller(stack.dependencies.database, 'admin');
  apiToken = await createApiTokenFor(stack.dependencies, admin);
  const app = express().use(assignRequestId).use('/api', createRestRouter(stack.dependencies));
  app.set('query parser', 'simple');
  server = app.listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});
afterAll(async () => {
  await new Promise((resolve) => server?.close(resolve));
  await stack?.stop();
});

const request = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(base + path, {
    ...init,
    headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json', ...init.headers },
  });

describe('bad input is told, never a 500', () => {
  test.each([
    ['broken JSON', { body: '{"name":' }, 400, 'invalid_request'],
    ['an array', { body: '[]' }, 400, 'invalid_request'],
    ['a bare word', { body: '"x"' }, 400, 'invalid_request'],
    ['over 1 MB', { body: JSON.stringify({ name: 'x'.repeat(1_100_000) }) }, 413, 'body_too_large'],
    ['another type', { body: 'name=x', headers: { 'content-type': 'text/plain' } }, 400, 'invalid_request'],
    [
      'an unknown charset',
      { body: '{}', headers: { 'content-type': 'application/json; charset=x' } },
      400,
      'invalid_request',
    ],
    ['a wrong member', { body: '{"name":"UPPER","upstream_url":"x.test"}' }, 400, 'invalid_request'],
    ['a prototype member', { body: '{"__proto__":{"name":"x"},"upstream_url":"x.test"}' }, 400, 'invalid_request'],
    ['no http(s)', { body: '{"name":"a","upstream_url":"ftp://x.test"}' }, 400, 'invalid_request'],
    ['credentials in the URL', { body: '{"name":"a","upstream_url":"https://u:p@x.test"}' }, 400, 'invalid_request'],
  ])('%s', async (_what, init, status, code) => {
    const answer = await request('/api/v1/agents', { method: 'POST', ...init });
    expect(answer.headers.get('content-type')).toContain('application/problem+json');
    expect(await answer.json()).toMatchObject({
      status,
      code,
      detail: expect.any(String),
      request_id: expect.any(String),
    });
    expect(answer.status).toBe(status);
  });

  test('a path that is not UTF-8', async () => {
    expect((await request('/api/v1/agents/%ff')).status).toBe(400);
  });
});

test('an unknown agent, a foreign one and a deleted one answer alike', async () => {
  const foreign = await seedCaller(stack.dependencies.database, 'admin');
  const { agent } = await call(stack.dependencies, foreign, 'create_agent', { name: 'theirs', upstream_url: 'x.test' });
  await stack.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
    transaction.agent.create({
      data: {
        organizationId: admin.organizationId,
        name: 'gone',
        upstreamUrl: 'https://x.test',
        deletedAt: new Date(),
      },
    }),
  );
  const bodies = await Promise.all(
    ['never-was', 'theirs', agent.id, 'gone'].map(async (reference) => {
      const answer = await request(`/api/v1/agents/${reference}`);
      const { request_id, detail, ...rest } = (await answer.json()) as Record<string, string>;
      return JSON.stringify({ ...rest, detail: detail?.replace(reference, '…') });
    }),
  );
  expect(new Set(bodies).size).toBe(1);
});

test('the path wins over the body, and the body over the query', async () => {
  await request('/api/v1/agents', { method: 'POST', body: '{"name":"merge-a","upstream_url":"a.test"}' });
  await request('/api/v1/agents', { method: 'POST', body: '{"name":"merge-b","upstream_url":"b.test"}' });
  const answer = await request('/api/v1/agents/merge-a?agent=merge-b&rate_limit_rpm=1', {
    method: 'PATCH',
    body: '{"agent":"merge-b","rate_limit_rpm":7}',
  });
  expect(await answer.json()).toMatchObject({ agent: { name: 'merge-a', rate_limit: { rpm: 7 } } });
});

test("an API token's value and an agent key's arrive over REST, once", async () => {
  const init = {
    method: 'POST',
    headers: { 'idempotency-key': 'once' },
    body: '{"name":"inline","upstream_url":"x.test","reveal":"inline"}',
  };
  const first = await request('/api/v1/agents', init);
  expect(first.status).toBe(201);
  expect(await first.json()).toMatchObject({ agent_key: { value: expect.stringMatching(/^agk_\w{32}$/) } });
  expect(await (await request('/api/v1/agents', init)).json()).toMatchObject({
    agent_key: { value: null, already_shown: true },
  });
});

describe('who may call', () => {
  test.each([
    ['nobody', {}],
    ['a wrong API token', { authorization: `Bearer agt_${'0'.repeat(32)}` }],
    ['an OAuth access token', { authorization: 'Bearer some-opaque-access-token-of-oauth' }],
    ['a made-up session', { cookie: 'ag_session=ags_made_up' }],
  ])('%s is refused', async (_who, headers) => {
    const answer = await fetch(`${base}/api/v1/me`, { headers: headers as Record<string, string> });
    expect(answer.status).toBe(401);
    expect(answer.headers.get('www-authenticate')).toContain('Bearer');
  });

  test('a session changes nothing without its CSRF token', async () => {
    const presented = await stack.dependencies.database.inInstance((transaction) =>
      createSession(transaction, admin.person.id, { address: '127.0.0.1', userAgent: 'test' }),
    );
    const session = await stack.dependencies.database.inInstance((transaction) =>
      transaction.session.findFirstOrThrow(),
    );
    const post = (headers: Record<string, string>) =>
      fetch(`${base}/api/v1/agents`, {
        method: 'POST',
        headers: { cookie: `ag_session=${presented}`, 'content-type': 'application/json', ...headers },
        body: '{"name":"by-session","upstream_url":"x.test"}',
      });
    expect((await post({})).status).toBe(403);
    expect((await post({ 'x-csrf-token': 'wrong' })).status).toBe(403);
    expect((await post({ 'x-csrf-token': await csrfTokenFor(stack.dependencies, session) })).status).toBe(201);
  });
});

test('every operation is in the OpenAPI under its own ID, with the answer that it gives', async () => {
  const document = (await (await fetch(`${base}/api/openapi.json`)).json()) as {
    openapi: string;
    paths: Record<string, Record<string, { operationId: string }>>;
  };
  const ids = Object.values(document.paths).flatMap((methods) =>
    Object.values(methods).map(({ operationId }) => operationId),
  );
  const { operations } = await import('../../../core/operations/index.ts');
  expect(document.openapi).toBe('3.1.0');
  expect(ids.sort()).toEqual(operations.map(({ name }) => name).sort());
});
