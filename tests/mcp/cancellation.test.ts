import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { z } from 'zod';
import { defineOperation } from '../../core/operations/define-operation.ts';
import { connect, type RunningApp, startApp } from '../servers/connected-app.ts';
import { seedCaller } from '../servers/seed.ts';

let started: PromiseWithResolvers<void>;
let cancelled: PromiseWithResolvers<void>;

const waitForEver = defineOperation({
  name: 'wait_for_ever',
  title: 'Wait for ever',
  kind: 'R',
  area: null,
  description: 'Ends when its caller is gone.',
  examples: [{}],
  input: z.object({}),
  output: z.object({}),
  rest: { method: 'GET', path: '/wait' },
  async prepare({ signal }) {
    started.resolve();
    await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
    cancelled.resolve();
  },
  run: async () => ({}),
});

let app: RunningApp;
let accessToken: string;

beforeAll(async () => {
  app = await startApp({}, [waitForEver]);
  accessToken = (await connect(app, await seedCaller(app.dependencies.database, 'operator'))).tokens.access_token;
});
afterAll(() => app.stop());

test.each([
  ['older', {}, {}],
  [
    'newest',
    { 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'wait_for_ever' },
    {
      'io.modelcontextprotocol/protocolVersion': '2026-07-28',
      'io.modelcontextprotocol/clientInfo': { name: 'test', version: '1' },
      'io.modelcontextprotocol/clientCapabilities': {},
    },
  ],
])('a client of the %s protocol that goes away ends the wait of its call', async (_era, headers, meta) => {
  [started, cancelled] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const client = new AbortController();
  const call = fetch(`${app.url}/api/mcp`, {
    method: 'POST',
    signal: client.signal,
    headers: {
      authorization: `Bearer ${accessToken}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
      ...headers,
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'wait_for_ever', arguments: {}, _meta: meta },
    }),
  });
  await started.promise;
  client.abort();
  await expect(call.then((response) => response.text())).rejects.toThrow();
  await cancelled.promise;
});
