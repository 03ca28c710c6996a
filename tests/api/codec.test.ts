import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { defaultPayloadConverter } from '@temporalio/common';
import express from 'express';
import { createCodecRouter } from '../../api/codec.ts';
import { assignRequestId } from '../../api/request-id.ts';
import { createSession } from '../../core/services/sessions.ts';
import { payloadKeys } from '../../core/temporal/data-converter.ts';
import { createPayloadCodec } from '../../core/temporal/payload-codec.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedCaller } from '../servers/seed.ts';

const uiOrigin = 'http://localhost:8233';
let made: TestDependencies;
let server: Server;
let owner: string;
let admin: string;
let payloads: { metadata: Record<string, string>; data: string }[];

beforeAll(async () => {
  made = await testDependencies({ environment: { AGENTGATEWAY_TEMPORAL_UI_URL: uiOrigin } });
  const { database, instanceKeys } = made.dependencies;
  const sessionOf = async (firstAdmin: boolean) => {
    const { person } = await seedCaller(database);
    return database.inInstance(async (transaction) => {
      if (firstAdmin) await transaction.instance.update({ where: { id: 1 }, data: { firstAdminId: person.id } });
      return `ag_session=${await createSession(transaction, person.id, { address: '127.0.0.1', userAgent: '' })}`;
    });
  };
  [owner, admin] = [await sessionOf(true), await sessionOf(false)];
  const encrypted = await createPayloadCodec(payloadKeys(instanceKeys)).encode([
    defaultPayloadConverter.toPayload({ agentId: 'of an agent' }),
  ]);
  const base64 = (bytes: Uint8Array | null | undefined) => Buffer.from(bytes ?? []).toString('base64');
  payloads = encrypted.map(({ metadata, data }) => ({
    metadata: Object.fromEntries(Object.entries(metadata ?? {}).map(([name, value]) => [name, base64(value)])),
    data: base64(data),
  }));
  server = createServer(express().use(assignRequestId).use('/codec', createCodecRouter(made.dependencies)));
  await once(server.listen(0, '127.0.0.1'), 'listening');
});
afterAll(async () => {
  server?.close();
  await made?.stop();
});

function call(path: string, headers: Record<string, string>, method = 'POST'): Promise<Response> {
  const { port } = server.address() as AddressInfo;
  const body = method === 'POST' ? JSON.stringify({ payloads }) : undefined;
  return fetch(`http://127.0.0.1:${port}/codec${path}`, {
    method,
    headers: { 'content-type': 'application/json', connection: 'close', ...headers },
    ...(body && { body }),
  });
}

test('an instance owner sees payloads in clear, from the Temporal UI', async () => {
  const answer = await call('/decode', { origin: uiOrigin, cookie: owner });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('access-control-allow-origin')).toBe(uiOrigin);
  expect(answer.headers.get('access-control-allow-credentials')).toBe('true');
  const decoded = (await answer.json()) as typeof payloads;
  const {
    payloads: [payload],
  } = decoded as unknown as { payloads: typeof payloads };
  expect(Buffer.from(payload?.data ?? '', 'base64').toString()).toBe('{"agentId":"of an agent"}');
});

test.each([
  ['an admin who is no instance owner', () => ({ origin: uiOrigin, cookie: admin })],
  ['nobody signed in', () => ({ origin: uiOrigin })],
  ['an owner from another origin', () => ({ origin: 'http://localhost:8234', cookie: owner })],
  ['an owner without an origin', () => ({ cookie: owner })],
])('%s sees nothing', async (_who, headers) => {
  const answer = await call('/decode', headers());
  expect(answer.status).toBe(403);
  expect(await answer.text()).not.toContain('agentId');
});

test('the preflight allows the Temporal UI and no other origin', async () => {
  const ask = (origin: string) => call('/decode', { origin, 'access-control-request-method': 'POST' }, 'OPTIONS');
  const allowed = await ask(uiOrigin);
  expect([allowed.status, allowed.headers.get('access-control-allow-origin')]).toEqual([204, uiOrigin]);
  expect(allowed.headers.get('access-control-allow-headers')).toContain('content-type');
  const refused = await ask('https://evil.test');
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null]);
});

test('nothing is encrypted on request', async () => {
  expect((await call('/encode', { origin: uiOrigin, cookie: owner })).status).toBe(403);
});
