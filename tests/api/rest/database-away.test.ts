import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { assignRequestId } from '../../../api/request-id.ts';
import { createRestRouter } from '../../../api/rest/router.ts';
import type { Caller } from '../../../core/domain/caller.ts';
import { type Database, openDatabase } from '../../../core/store/database.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';
import { openTcpGate, type TcpGate } from '../../servers/tcp-gate.ts';
import { createApiTokenFor } from './api-token.ts';

let stack: TestDependencies;
let admin: Caller;
let gate: TcpGate;
let throughGate: Database;
let server: Server;
let send: (method: string, path: string, body?: object) => Promise<Response>;

beforeAll(async () => {
  stack = await testDependencies();
  admin = await seedCaller(stack.dependencies.database, 'admin');
  const apiToken = await createApiTokenFor(stack.dependencies, admin);
  const url = new URL(stack.testDatabase.urls.app);
  gate = await openTcpGate({ host: url.hostname, port: Number(url.port) });
  url.hostname = '127.0.0.1';
  url.port = String(gate.port);
  throughGate = openDatabase(url.href);
  const app = express().use(assignRequestId);
  app.use('/api', createRestRouter({ ...stack.dependencies, database: throughGate }));
  server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  send = (method, path, body) =>
    fetch(`http://127.0.0.1:${port}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${apiToken}`, 'content-type': 'application/json' },
      ...(body && { body: JSON.stringify(body) }),
    });
});
afterAll(async () => {
  await new Promise((resolve) => server?.close(resolve));
  await throughGate?.close();
  await gate?.shut();
  await stack?.stop();
});

test('while Postgres is away every call answers 503 with Retry-After, and nothing is half done', async () => {
  expect((await send('POST', '/agents', { name: 'before', upstream_url: 'x.test' })).status).toBe(201);
  await gate.shut();
  for (const [method, path, body] of [
    ['GET', '/agents'],
    ['POST', '/agents', { name: 'meanwhile', upstream_url: 'x.test' }],
    ['DELETE', '/agents/before'],
  ] as const) {
    const answer = await send(method, path, body);
    expect(answer.status).toBe(503);
    expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await answer.json()).toMatchObject({
      code: 'database_unavailable',
      detail: expect.stringContaining('try again'),
    });
  }
  await gate.open();
  const { items } = (await (await send('GET', '/agents')).json()) as { items: { name: string }[] };
  expect(items.map(({ name }) => name)).toEqual(['before']);
  expect(stack.workflows.startedDeletions).toEqual([]);
});
