import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../core/domain/caller.ts';
import { call, throughApp } from '../core/operations/call.ts';
import { link, startUpstream, TestRelay, type TestUpstream } from '../relay/relay-harness.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedCaller } from '../servers/seed.ts';

const SECRET = 'sk_live_0123456789abcdefghij';
let stack: TestDependencies;
let admin: Caller;
let upstream: TestUpstream;
let relay: TestRelay;

beforeAll(async () => {
  stack = await testDependencies();
  admin = await seedCaller(stack.dependencies.database, 'admin');
  // As APIs do that browsers call: CORS answers name the origin that asked, and calls keep their ID.
  upstream = await startUpstream((request, response) => {
    response.setHeader('Access-Control-Allow-Origin', request.headers.origin ?? '*');
    response.setHeader('Idempotency-Key', request.headers['idempotency-key'] ?? '');
    response.setHeader('X-Request-Id', request.headers['x-request-id'] ?? '');
    response.end('ok');
  });
  relay = await new TestRelay().start();
});
afterAll(async () => {
  await relay?.stop();
  await upstream?.stop();
  await stack?.stop();
});

test.each([
  ['Origin', 'https://{secret}'],
  ['Idempotency-Key', '{secret}'],
  ['X-Request-Id', '{secret}'],
])(
  'an app cannot move a person’s link to %s, which the allowed host sends back to whoever calls',
  async (name, template) => {
    const { dependencies } = stack;
    const agent = `agent-${name.toLowerCase()}`;
    await call(dependencies, admin, 'create_agent', { name: agent, upstream_url: upstream.url });
    await call(dependencies, admin, 'create_credential', { name: agent, value: SECRET });
    await call(dependencies, admin, 'link_credential', { agent, credential: agent, allow_host: true });
    const app = throughApp(admin, ['credentials:write']);
    const moved = await call(dependencies, app, 'link_credential', {
      agent,
      credential: agent,
      injection: { kind: 'header', name, template },
    }).catch(() => undefined);
    const injection = moved?.agent.credentials[0].injection ?? { kind: 'bearer' };
    relay.addAgent(agent, upstream.url, {}, [link(upstream, injection, SECRET)]);
    const answer = await relay.call(`/${agent}/v1`);
    expect(JSON.stringify([...answer.headers])).not.toContain(SECRET);
  },
);
