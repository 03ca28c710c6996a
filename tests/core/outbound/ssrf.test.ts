import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createMetadataDocumentFetch } from '../../../api/oauth/metadata-documents.ts';
import type { Caller } from '../../../core/domain/caller.ts';
import { PublicError } from '../../../core/errors.ts';
import { createAddressGuard } from '../../../core/outbound/address-guard.ts';
import { checkUpstream } from '../../../core/outbound/check-upstream.ts';
import { createDialer, type Resolve, UpstreamForbiddenError } from '../../../core/outbound/dialer.ts';
import { createOutboundAgent } from '../../../core/outbound/outbound-agent.ts';
import { postWebhook } from '../../../core/outbound/post-webhook.ts';
import { tryUpstream } from '../../../core/outbound/try-upstream.ts';
import { parseUpstreamUrl, UpstreamUrlError } from '../../../core/outbound/upstream-url.ts';
import { parseWebhookUrl } from '../../../core/outbound/webhook-url.ts';
import { createMailAccess } from '../../../core/services/mail-access.ts';
import { TestRelay } from '../../relay/relay-harness.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../../servers/seed.ts';
import { call } from '../operations/call.ts';
import { SSRF_VECTORS, type SsrfVector } from './ssrf-vectors.ts';

const guard = createAddressGuard([]);
let stack: TestDependencies;
let admin: Caller;
let present: SsrfVector;

/** The name server, as the vector has it. */
const resolve: Resolve = async () => {
  if (present.resolvesTo === undefined) throw Object.assign(new Error('no such name'), { code: 'ENOTFOUND' });
  return present.resolvesTo.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
};

beforeAll(async () => {
  stack = await testDependencies({ checkUpstream: (url) => checkUpstream(url, guard, resolve) });
  admin = await seedCaller(stack.dependencies.database);
  await seedAgent(stack.dependencies.database, admin.organizationId, 'steady');
  const open = { ...stack.dependencies, checkUpstream: async () => ({ status: 'ok' }) as const };
  await call(open, admin, 'create_channel', { name: 'steady-hook', kind: 'webhook', url: 'https://hooks.test' });
});
afterAll(() => stack?.stop());

/** As a process has it that nobody has tried mailboxes in yet. */
function mailAccess() {
  const dialer = createDialer({ guard, resolve });
  return createMailAccess({ ...stack.dependencies, dialer, tokenAgent: createOutboundAgent(dialer) });
}

const operation = async (name: string, input: object): Promise<string> => {
  const error = await call(stack.dependencies, admin, name, input).catch((reason: unknown) => reason);
  return error instanceof PublicError ? error.code : `not refused: ${JSON.stringify(error)}`;
};

/** Every place that takes a URL from a tenant, or connects to one: why it refuses this one. */
const PLACES: Record<string, (url: string) => Promise<string>> = {
  create_agent: (upstream_url) => operation('create_agent', { name: 'inside', upstream_url }),
  update_agent: (upstream_url) => operation('update_agent', { agent: 'steady', upstream_url }),
  test_upstream: (upstream_url) => operation('test_upstream', { upstream_url }),
  'test_upstream’s own call': async (url) => {
    try {
      const { signal } = new AbortController();
      const trial = await tryUpstream(createDialer({ guard, resolve }), parseUpstreamUrl(url), signal);
      return trial.outcome === 'forbidden' ? 'upstream_forbidden' : JSON.stringify(trial);
    } catch (error) {
      return error instanceof UpstreamUrlError ? 'invalid_request' : String(error);
    }
  },
  'link_credential’s token URL': (token_url) =>
    operation('link_credential', {
      agent: 'steady',
      credential: 'any',
      injection: { kind: 'oauth2_client_credentials', token_url, client_id: 'me' },
    }),
  'create_channel’s webhook': (url) => operation('create_channel', { name: 'inside', kind: 'webhook', url }),
  'create_channel’s Slack-compatible webhook': (url) =>
    operation('create_channel', { name: 'inside', kind: 'slack', url }),
  'update_channel’s webhook': (url) => operation('update_channel', { channel: 'steady-hook', url }),
  'a webhook’s delivery': async (url) => {
    const agent = createOutboundAgent(createDialer({ guard, resolve }));
    try {
      const answer = await postWebhook(agent, { url: parseWebhookUrl(url).href, headers: {}, body: '{}' });
      return answer.kind === 'forbidden' ? 'upstream_forbidden' : JSON.stringify(answer);
    } catch (error) {
      return error instanceof UpstreamUrlError ? 'invalid_request' : String(error);
    } finally {
      await agent.destroy();
    }
  },
  'create_mailbox’s servers': (url) => {
    // Of what is no URL of a web server, nothing is taken for a host.
    const host = /^https?:\/\/([^/?#]*?)(:\d*)?([/?#].*)?$/i.exec(url)?.[1] ?? url;
    const server = { host, port: 993 };
    stack.dependencies.mail = mailAccess();
    return operation('create_mailbox', { address: 'a@b.test', imap: server, smtp: server, password: 'p' });
  },
  'the relay': async (url) => {
    const relay = await new TestRelay([], null, resolve).start();
    try {
      relay.addAgent('inside', url);
      const response = await relay.call('/inside/x');
      return String(response.headers.get('x-agentgateway-error'));
    } catch (error) {
      return error instanceof UpstreamUrlError ? 'invalid_request' : String(error);
    } finally {
      await relay.stop();
    }
  },
  'client metadata documents': async (url) => {
    const fetchDocument = createMetadataDocumentFetch(createDialer({ guard, resolve }));
    const error = await fetchDocument(url).catch((reason: unknown) => reason);
    if (error instanceof UpstreamForbiddenError) return 'upstream_forbidden';
    const { cause } = error as Error;
    // Neither a URL of http nor one without user name: nothing is looked up.
    return error instanceof TypeError && !(cause as NodeJS.ErrnoException | undefined)?.syscall
      ? 'invalid_request'
      : String(error);
  },
};

describe.each(Object.entries(PLACES))('invariant 2: %s refuses', (_place, attempt) => {
  test.each(SSRF_VECTORS.map((vector) => [JSON.stringify(vector), vector] as const))('%s', async (_title, vector) => {
    present = vector;
    expect(['upstream_forbidden', 'invalid_request']).toContain(await attempt(vector.url));
  });
});

test('there are enough of them', () => {
  expect(SSRF_VECTORS.length).toBeGreaterThanOrEqual(300);
});

describe('a name that changes its mind', () => {
  const answers = (...all: string[]): Resolve => {
    let asked = 0;
    return async () => {
      const address = all[Math.min(asked, all.length - 1)] ?? '';
      asked += 1;
      return [{ address, family: 4 }];
    };
  };

  test('public when the agent is made, private when it is called: refused at the call', async () => {
    const rebinding = answers('8.8.8.8', '127.0.0.1');
    const { dependencies } = stack;
    const checked = {
      ...dependencies,
      checkUpstream: (url: Parameters<typeof checkUpstream>[0]) => checkUpstream(url, guard, rebinding),
    };
    await call(checked, admin, 'create_agent', { name: 'rebinding', upstream_url: 'http://rebind.test' });
    const relay = await new TestRelay([], null, rebinding).start();
    relay.addAgent('rebinding', 'http://rebind.test');
    expect((await relay.call('/rebinding/x')).headers.get('x-agentgateway-error')).toBe('upstream_forbidden');
    await relay.stop();
  });
});
