import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import type { StandIn } from '../../../mcp/router.ts';
import { connect, consent, type RunningApp, registerClient, signIn, startApp } from '../../servers/connected-app.ts';
import { freePort } from '../../servers/free-port.ts';
import { seedCaller } from '../../servers/seed.ts';
import { type AuthorizingProxy, startAuthorizingProxy } from './authorizing-proxy.ts';
import { openFixture } from './fixture.ts';
import { runSuite } from './run-suite.ts';

const RELEASED = '@modelcontextprotocol/conformance';
const NEXT = 'mcp-conformance-next';

interface Target {
  app: RunningApp;
  manager: Caller;
  proxy: AuthorizingProxy;
  stop(): Promise<void>;
}

async function startTarget(standIn?: StandIn): Promise<Target> {
  const app = await startApp({}, undefined, standIn);
  const manager = await seedCaller(app.dependencies.database, 'manager');
  const { tokens } = await connect(app, manager);
  const proxy = await startAuthorizingProxy(`${app.url}/api/mcp`, tokens.access_token);
  return {
    app,
    manager,
    proxy,
    async stop() {
      await proxy.stop();
      await app.stop();
    },
  };
}

describe('the product', () => {
  let product: Target;
  beforeAll(async () => {
    product = await startTarget();
  });
  afterAll(() => product.stop());

  test.each([
    [RELEASED, ['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection'], []],
    [NEXT, ['server-initialize', 'ping', 'tools-list', 'dns-rebinding-protection'], ['--spec-version', '2025-11-25']],
    [
      NEXT,
      ['tools-list', 'server-sse-multiple-streams', 'dns-rebinding-protection', 'http-header-validation'],
      ['--spec-version', '2026-07-28'],
    ],
  ] as const)('%s: passes %j %j', async (suite, scenarios, version) => {
    for (const scenario of scenarios) {
      await runSuite(suite, ['server', '--url', product.proxy.url, '--scenario', scenario, ...version]);
    }
  });

  test('its authorization server passes all scenarios for these', async () => {
    const port = await freePort();
    const clientId = await registerClient(product.app.url, { redirect_uris: [`http://127.0.0.1:${port}/callback`] });
    const person = await signIn(product.app, product.manager);
    const args = ['authorization', '--url', product.app.url, '--client-id', clientId, '--port', String(port)];
    const consents: Promise<unknown>[] = [];
    await runSuite(NEXT, args, (line) => {
      if (line.startsWith(`${product.app.url}/oauth/authorize?`))
        consents.push(consent(person, line).then((callback) => fetch(callback)));
    });
    expect(await Promise.all(consents)).toHaveLength(1);
  });
});

test('behind the product’s door, the fixture passes all that protocol 2026-07-28 requires', async () => {
  const target = await startTarget(openFixture);
  try {
    await runSuite(NEXT, ['server', '--url', target.proxy.url, '--requirements', '2026-07-28']);
  } finally {
    await target.stop();
  }
});
