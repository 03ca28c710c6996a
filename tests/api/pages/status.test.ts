import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { createStatusRouter } from '../../../api/pages/status.ts';
import type { Dependencies } from '../../../core/dependencies.ts';
import { type Database, openDatabase } from '../../../core/store/database.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { openTcpGate, type TcpGate } from '../../servers/tcp-gate.ts';

let stack: TestDependencies;
let gate: TcpGate;
let throughGate: Database;
beforeAll(async () => {
  stack = await testDependencies();
  const url = new URL(stack.testDatabase.urls.app);
  gate = await openTcpGate({ host: url.hostname, port: Number(url.port) });
  url.hostname = '127.0.0.1';
  url.port = String(gate.port);
  throughGate = openDatabase(url.href);
});
afterAll(async () => {
  await throughGate?.close();
  await gate?.shut();
  await stack?.stop();
});

/** What somebody sees of each part who is not signed in. */
async function partsTold(dependencies: Dependencies): Promise<string[]> {
  const server = express().use(createStatusRouter(dependencies)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const answer = await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/status`);
  const page = await answer.text();
  server.close();
  expect(answer.status).toBe(200);
  return [...page.matchAll(/<strong>([^<]+)<\/strong>.*?<span class="badge \w+">(\w+)</gs)].map(
    ([, part, state]) => `${part}: ${state}`,
  );
}

test('the status page tells everybody what works, also while the database and the workers are away', async () => {
  const dependencies = { ...stack.dependencies, database: throughGate };
  expect(await partsTold(dependencies)).toEqual([
    'Dashboard, API and MCP: Operational',
    'Database: Operational',
    'Relay: Down',
    'Background work: Operational',
  ]);
  await gate.shut();
  const workflows = { ...dependencies.workflows, isWorkTaken: async () => false };
  expect(await partsTold({ ...dependencies, workflows })).toEqual([
    'Dashboard, API and MCP: Operational',
    'Database: Down',
    'Relay: Unknown',
    'Background work: Down',
  ]);
});
