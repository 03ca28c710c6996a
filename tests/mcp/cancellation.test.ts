import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { connect, type RunningApp, startApp } from '../servers/connected-app.ts';
import { seedCaller } from '../servers/seed.ts';
import { newWait, type Wait, waitForEver } from './wait-for-ever.ts';

let wait: Wait;

let app: RunningApp;
let accessToken: string;

beforeAll(async () => {
  app = await startApp({}, [waitForEver(() => wait)]);
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
  wait = newWait();
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
  await wait.begun.promise;
  client.abort();
  await expect(call.then((response) => response.text())).rejects.toThrow();
  await wait.ended.promise;
});
