import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Browser, Page } from 'playwright-core';
import { launchChromium } from '../servers/chromium.ts';
import { describeNeeding } from '../servers/describe-needing.ts';
import { allowAccess } from './allow-access.ts';
import { type ConnectedClient, connectSdk1 } from './mcp-clients.ts';
import { type RunningProduct, startProduct } from './product.ts';

// biome-ignore lint/suspicious/noExplicitAny: the test looks into answers of many tools
type Answer = any;

/** Each is asked word for word, and answered by the tool calls that a model makes of it. */
describeNeeding(['chromium'], 'the questions of the public page', () => {
  let dataDir: string;
  let demo: RunningProduct;
  let browser: Browser;
  let page: Page;
  let claude: ConnectedClient;

  beforeAll(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-demo-'));
    demo = await startProduct(dataDir, {}, 'demo');
    browser = await launchChromium();
    page = await browser.newPage();
    const manager = { email: 'manager@demo.test', password: demo.run.manager_password ?? '' };
    claude = await connectSdk1(demo.run.mcp_url, (authorizationUrl) => allowAccess(page, authorizationUrl, manager));
  }, 600_000);

  afterAll(async () => {
    await claude?.close();
    await browser?.close();
    await demo?.stop();
    await rm(dataDir, { recursive: true, force: true });
  });

  /** Asks again, as a model does, until the answer tells what is waited for. */
  async function askUntil(name: string, input: object, isTold: (answer: Answer) => boolean): Promise<Answer> {
    const deadline = Date.now() + 60_000;
    for (;;) {
      const answer = await claude.call(name, { ...input });
      if (isTold(answer)) return answer;
      if (Date.now() > deadline) throw new Error(`It came no further than ${JSON.stringify(answer)}`);
      await wait(250);
    }
  }

  async function follow(operation: string, until: (operation: Answer) => boolean): Promise<Answer> {
    const answer = await askUntil('get_operation', { operation, wait_seconds: 5 }, (told) => until(told.operation));
    return answer.operation;
  }

  describe('Agent Management', () => {
    test('“List all my agent relays and show me which ones have the lowest health scores.”', async () => {
      const isScored = (told: Answer) => told.items.some(({ health }: Answer) => health.score !== null);
      const { items } = await askUntil('list_agents', { sort: 'health' }, isScored);
      expect(items[0]).toMatchObject({ name: 'slack-relay', health: { score: expect.any(Number) } });
      expect(items.at(-1)).toMatchObject({ name: 'old-test-agent', health: { score: null } });
      const { items: low } = await claude.call('list_agents', { sort: 'health', health_below: 80 });
      expect(low.map(({ name }: { name: string }) => name)).toContain('slack-relay');
    });

    test("“Create a new agent called 'stripe-relay' that proxies to api.stripe.com with a 300 RPM rate limit.”", async () => {
      const { agent, agent_key } = await claude.call('create_agent', {
        name: 'stripe-relay',
        upstream_url: 'api.stripe.com',
        rate_limit_rpm: 300,
      });
      expect(agent).toMatchObject({
        name: 'stripe-relay',
        upstream_url: 'https://api.stripe.com',
        rate_limit: { rpm: 300 },
      });
      expect(agent_key.reveal_url).toMatch(/^http/);
    });

    test("“What's the configuration for my 'hubspot-relay' agent?”", async () => {
      const { agent } = await claude.call('get_agent', { agent: 'hubspot-relay' });
      expect(agent).toMatchObject({
        upstream_url: 'https://api.hubapi.com',
        rate_limit: { rpm: 600 },
        credentials: [{ name: 'hubspot-token' }],
      });
    });

    test("“Delete the 'old-test-agent' relay — it hasn't been used in a month.”", async () => {
      const { items } = await claude.call('list_agents', { unused_for: '30d' });
      expect(items.map(({ name }: { name: string }) => name)).toEqual(['old-test-agent']);
      const { operation_id } = await claude.call('delete_agent', { agent: 'old-test-agent' });
      const operation = await follow(operation_id, ({ status }) => status === 'succeeded');
      expect(operation).toMatchObject({ result: { restorable_until: expect.any(String) } });
      const { items: left } = await claude.call('list_agents');
      expect(left.map(({ name }: { name: string }) => name)).not.toContain('old-test-agent');
    });
  });

  describe('Credentials & API Keys', () => {
    test('“Show me all credentials in my vault.”', async () => {
      const { items } = await claude.call('list_credentials');
      expect(items.map(({ name }: { name: string }) => name)).toEqual(
        expect.arrayContaining(['stripe-prod-key', 'hubspot-token', 'openai-key', 'github-token']),
      );
      expect(JSON.stringify(items)).not.toContain('demo_stripe_prod_key');
    });

    test("“Rotate the API key for my 'openai-relay' agent and send me the new one.”", async () => {
      // The demo's agents have no key of their own before somebody makes one.
      const first = await claude.call('create_agent_key', { agent: 'openai-relay', name: 'billing' });
      await reveal(first.agent_key.reveal_url);
      const { operation_id } = await claude.call('rotate_agent_key', { agent: 'openai-relay' });
      const operation = await follow(operation_id, ({ waiting_for }) => waiting_for === 'reveal');
      expect(await reveal(operation.reveal_url ?? '')).toMatch(/^agk_\w{32}$/);
    });

    test("“Link the 'stripe-prod-key' credential to the stripe-relay agent.”", async () => {
      const { agent } = await claude.call('link_credential', { credential: 'stripe-prod-key', agent: 'stripe-relay' });
      expect(agent.credentials).toEqual([{ name: 'stripe-prod-key', injection: { kind: 'bearer' } }]);
    });
  });

  /** Opens a one-time link as the person who asked for it. @returns the secret that it shows */
  async function reveal(url: string): Promise<string> {
    await page.goto(url);
    await page.getByRole('button', { name: 'Reveal' }).click();
    return ((await page.locator('#secret').textContent()) ?? '').trim();
  }

  /** Calls until the demo's upstream fails, as it does now and then. @returns the failed call's request ID */
  async function failedCall(): Promise<string> {
    for (;;) {
      const call = await fetch(`${demo.run.relay_url}/slack-relay/chat.postMessage`, {
        method: 'POST',
        headers: { 'x-api-key': demo.run.agent_key ?? '' },
        body: '{}',
      });
      await call.arrayBuffer();
      if (call.status === 503) return call.headers.get('x-agentgateway-request-id') ?? '';
    }
  }

  describe('Audit & Monitoring', () => {
    test('“Show me all audit events from the last 24 hours where the status was 5xx.”', async () => {
      const requestId = await failedCall();
      const { items } = await askUntil('list_audit_events', { since: '24h', status: '5xx' }, (told) =>
        told.items.some((item: Answer) => item.request_id === requestId),
      );
      expect(items).toContainEqual(
        expect.objectContaining({
          request_id: requestId,
          action: 'relay_call',
          status: 503,
          outcome: 'failed',
          target: expect.objectContaining({ kind: 'agent', name: 'slack-relay' }),
        }),
      );
      for (const { status } of items) expect(Math.floor(status / 100)).toBe(5);
      const { items: all } = await claude.call('list_audit_events', { since: '24h' });
      expect(all.map(({ action }: { action: string }) => action)).toContain('link_credential');
    });

    test('“Pull the last 50 request logs for the stripe-relay agent.”', async () => {
      const call = await fetch(`${demo.run.relay_url}/stripe-relay/v1/charges`, {
        headers: { 'x-api-key': demo.run.agent_key ?? '' },
      });
      expect(call.headers.get('x-agentgateway-error')).toBeNull();
      await call.arrayBuffer();
      const { items } = await askUntil(
        'list_request_logs',
        { agent: 'stripe-relay', limit: 50 },
        (told) => told.items[0],
      );
      expect(items).toContainEqual(expect.objectContaining({ agent: 'stripe-relay', path: '/v1/charges' }));
    });
  });

  describe('Traffic & Usage', () => {
    test('“Summarize request volume by agent for this week — which is getting the most traffic?”', async () => {
      const isCounted = (told: Answer) => told.items.some(({ key }: Answer) => key === 'stripe-relay');
      const { items } = await askUntil('summarize_traffic', { group_by: 'agent', since: 'this_week' }, isCounted);
      const requests = items.map((item: { requests: number }) => item.requests);
      expect(requests).toEqual([...requests].sort((one, other) => other - one));
      expect(items).toContainEqual(expect.objectContaining({ key: 'stripe-relay', requests: expect.any(Number) }));
    });

    test("“What's my usage looking like this month? Am I close to my plan limit?”", async () => {
      const usage = await claude.call('get_usage');
      expect(usage).toMatchObject({ month: new Date().toISOString().slice(0, 7), limit: 1_000_000 });
      expect(usage.requests).toBeGreaterThan(0);
      expect(usage.requests).toBeLessThan(usage.limit);
      expect(usage.projected).toBeGreaterThanOrEqual(usage.requests);
    });

    test('“Show me the health scores for all agents — flag anything below 80.”', async () => {
      const { items } = await claude.call('list_health_scores');
      expect(items.map(({ agent }: { agent: string }) => agent)).toEqual(
        expect.arrayContaining(['slack-relay', 'hubspot-relay', 'openai-relay', 'github-relay']),
      );
      const { items: low } = await claude.call('list_health_scores', { below: 80 });
      expect(low).toContainEqual(
        expect.objectContaining({
          agent: 'slack-relay',
          parts: expect.arrayContaining([expect.objectContaining({ part: 'errors', why: expect.any(String) })]),
        }),
      );
      for (const { score, parts } of low) {
        const cost = parts.reduce((sum: number, { points }: { points: number }) => sum + points, 0);
        expect(score).toBeLessThan(80);
        expect(cost).toBeCloseTo(100 - score, 5);
      }
    });
  });

  describe('Alerts & Configuration', () => {
    test('“Create an alert rule that fires when the error rate on any agent exceeds 5% for 10 minutes.”', async () => {
      const condition = { metric: 'error_rate', comparison: 'gt', threshold: 0.05, for_seconds: 600 };
      const { alert_rule } = await claude.call('create_alert_rule', { name: 'Error rate above 5%', ...condition });
      expect(alert_rule).toMatchObject({ ...condition, scope: { agents: 'any' }, enabled: true, warnings: [] });
      const { items } = await claude.call('list_alert_rules');
      expect(items).toContainEqual(expect.objectContaining({ id: alert_rule.id }));
      const replay = await claude.call('test_alert_rule', { rule: alert_rule.id, since: '4h' });
      expect(replay).toMatchObject({ condition: alert_rule.condition, fired: expect.any(Number) });
      const { items: alerts } = await claude.call('list_alerts', { state: 'all' });
      expect(alerts).toEqual(
        expect.arrayContaining([
          expect.objectContaining({ rule: expect.stringContaining('The product fails'), state: 'resolved' }),
          expect.objectContaining({ rule: expect.stringContaining('A credential expires soon'), state: 'firing' }),
        ]),
      );
    });

    test('“List all current rate limits and flag any agents that are rate-limited below 60 RPM.”', async () => {
      const { items } = await claude.call('list_rate_limits');
      expect(items.length).toBeGreaterThan(3);
      const { items: low } = await claude.call('list_rate_limits', { below_rpm: 60 });
      expect(low).toEqual([expect.objectContaining({ agent: 'github-relay', rate_limit: { rpm: 50, burst: null } })]);
    });
  });

  // Without Dovecot the demo has no mailbox.
  describeNeeding(['dovecot'], 'Email', () => {
    test('“Show me unread email threads on the support@ mailbox.”', async () => {
      const { items, mailbox } = await askUntil(
        'list_email_threads',
        { mailbox: 'support@', unread: true },
        (told) => told.mailbox.status === 'live',
      );
      expect(mailbox.address).toBe('support@demo.test');
      // What strangers wrote is fenced.
      expect(items.map(({ subject }: Answer) => subject)).toEqual(
        [
          'Invoice 2041 was charged twice',
          'Cannot sign in since this morning',
          'Urgent: update of payment details',
          'Question about rate limits',
        ].map((subject) => expect.stringMatching(`^⟦untrusted \\w+⟧${subject}⟦/untrusted \\w+⟧$`)),
      );
      const invoice = await claude.call('get_email_thread', { thread: items[0].id });
      expect(invoice.items).toHaveLength(3);
      expect(invoice.items[0].text).toMatch(/4242.*\[1 quoted line\]/s);
    });

    test("“Draft a reply to the latest thread saying we'll investigate and respond within 24 hours.”", async () => {
      const { items } = await claude.call('list_email_threads', { mailbox: 'support@' });
      const text = "Thank you for writing. We'll investigate and respond within 24 hours.";
      const { draft } = await claude.call('draft_email', { thread: items[0].id, text });
      expect(draft).toMatchObject({ mailbox: 'support@demo.test', state: 'open', in_mailbox: true });
      expect(draft.to).toHaveLength(1);
      const { items: drafts } = await claude.call('list_email_drafts', { draft: draft.id });
      expect(drafts).toEqual([expect.objectContaining({ id: draft.id, thread_id: items[0].id })]);
      expect(drafts[0].text).toContain(text);
    });
  });
});
