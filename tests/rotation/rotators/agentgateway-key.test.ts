import { hash } from 'node:crypto';
import { once } from 'node:events';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import express from 'express';
import { assignRequestId } from '../../../api/request-id.ts';
import { createRestRouter } from '../../../api/rest/router.ts';
import type { Caller } from '../../../core/domain/caller.ts';
import { rotatorSettings } from '../../../core/domain/rotators.ts';
import { createRotator } from '../../../core/rotators/create-rotator.ts';
import { mintOnce, removeUnfinished } from '../../../core/rotators/mint-once.ts';
import { limitsOfAgentKey } from '../../../relay/limits/limit.ts';
import { createApiTokenFor } from '../../api/rest/api-token.ts';
import { call } from '../../core/operations/call.ts';
import { ORGANIZATION, startUpstream, TestRelay, type TestUpstream } from '../../relay/relay-harness.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';
import { contextOf, MARKER, TestJournal } from './rotator-bench.ts';

let stack: TestDependencies;
let admin: Caller;
let apiToken: string;
let app: Server;
let appUrl: string;
let upstream: TestUpstream;
let relay: TestRelay;

beforeAll(async () => {
  stack = await testDependencies();
  admin = await seedCaller(stack.dependencies.database, 'admin');
  apiToken = await createApiTokenFor(stack.dependencies, admin);
  app = express()
    .set('query parser', 'simple')
    .use(assignRequestId)
    .use('/api', createRestRouter(stack.dependencies))
    .listen(0, '127.0.0.1');
  await once(app, 'listening');
  appUrl = `http://127.0.0.1:${(app.address() as AddressInfo).port}`;
  // An upstream that refuses everybody: its 401 is not the relay's.
  upstream = await startUpstream((_request, response) => response.writeHead(401).end());
  relay = await new TestRelay().start();
  relay.addAgent('billing', upstream.url);
  await call(stack.dependencies, admin, 'create_agent', { name: 'billing', upstream_url: 'https://api.example.com' });
});
afterAll(async () => {
  await relay?.stop();
  await upstream?.stop();
  app?.closeAllConnections();
  app?.close();
  await stack?.stop();
});

/** The names of the agent keys that are not revoked. */
async function names(): Promise<string[]> {
  const { items } = (await call(stack.dependencies, admin, 'list_agent_keys', { limit: 200 })) as {
    items: { name: string; status: string }[];
  };
  return items.filter(({ status }) => status === 'active').map(({ name }) => name);
}

test('an agent key of another AgentGateway is made, verified at its relay, found when lost, and ended', async () => {
  const settings = rotatorSettings.parse({
    kind: 'agentgateway_key',
    admin_credential: 'other-gateway',
    app_url: appUrl,
    relay_url: relay.url(''),
    agent: 'billing',
    settling_seconds: 0,
  });
  const hosts = [appUrl, relay.url('')];
  const rotator = createRotator(settings, contextOf({ hosts, currentValue: 'agk_old', adminValue: apiToken }), null);

  const lost = new TestJournal();
  lost.crashBeforeKeeping = true;
  await expect(mintOnce(rotator, MARKER, lost)).rejects.toThrow('the process is gone');
  expect(await names()).toContain(MARKER);
  expect(await removeUnfinished(rotator, lost)).toHaveLength(1);
  expect(await names()).not.toContain(MARKER);

  const minted = await mintOnce(rotator, MARKER, new TestJournal());
  // The relay of the test reads no database: it is told of keys by hand.
  expect(await rotator.verify(minted.value, new Date())).toEqual({ outcome: 'refused', status: 401 });
  const { id } = minted.provider_reference;
  const entry = { id, organizationId: ORGANIZATION, agentId: null, limits: limitsOfAgentKey(id, null) };
  relay.snapshot.setKey(hash('sha256', minted.value, 'base64url'), entry);
  expect(await rotator.verify(minted.value, new Date())).toEqual({ outcome: 'accepted' });

  await rotator.revoke(minted);
  await rotator.revoke(minted);
  relay.snapshot.removeKey(id);
  expect(await rotator.proveRefused(minted.value, new Date())).toEqual({ outcome: 'refused', status: 401 });
  expect(await names()).not.toContain(MARKER);
});
