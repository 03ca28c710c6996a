import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startUpstream, TestRelay, type TestUpstream } from '../relay-harness.ts';

/** Cool-downs that are not over before the next line of a test, on a slow machine too. */
const SETTINGS = { minimum_calls: 4, cool_down_seconds: 0.5, longest_cool_down_seconds: 2 };
const LIMITED_KEY = `agk_${'l'.repeat(32)}`;
/** Where the network guard lets nobody go. */
const FORBIDDEN = 'http://10.255.255.1';

let upstream: TestUpstream;
let relay: TestRelay;
let agentId: string;
let reached: string[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;

const fails = (_: IncomingMessage, response: ServerResponse) => void response.writeHead(500).end('broken');
const works = (_: IncomingMessage, response: ServerResponse) => void response.end('well');

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    reached.push(request.url ?? '');
    answer(request, response);
  });
});
afterAll(() => upstream.stop());

beforeEach(async () => {
  relay = await new TestRelay().start();
  agentId = relay.addAgent('stripe', upstream.url, { circuitBreaker: SETTINGS });
  answer = fails;
  reached = [];
});
afterEach(() => relay.stop());

const stateNow = () => relay.breakerEvents.at(-1)?.state;

async function call(path = '/x', init: RequestInit = {}): Promise<string> {
  const response = await relay.call(`/stripe${path}`, init);
  await response.arrayBuffer();
  return response.headers.get('x-agentgateway-error') ?? String(response.status);
}

async function open(): Promise<void> {
  for (let i = 0; i < SETTINGS.minimum_calls; i += 1) await call();
  expect(stateNow()?.name).toBe('open');
  reached = [];
}

async function coolDown(): Promise<void> {
  const state = stateNow();
  const until = state?.name === 'open' ? state.until : 0;
  while (Date.now() < until) await new Promise((resolve) => setTimeout(resolve, until - Date.now()));
}

describe('a failing upstream', () => {
  test('opens the breaker: 503 circuit_open with Retry-After, and no call reaches it', async () => {
    await open();
    const response = await relay.call('/stripe/x');
    expect([response.status, response.headers.get('x-agentgateway-error')]).toEqual([503, 'circuit_open']);
    expect(response.headers.get('retry-after')).toBe('1');
    expect(((await response.json()) as { detail: string }).detail).toContain('list_circuit_breakers');
    expect(reached).toEqual([]);
    expect(relay.breakerEvents).toHaveLength(1);
    const error = { error: '500', time: expect.any(String) };
    expect(relay.breakerEvents[0]).toMatchObject({
      agentId,
      from: 'closed',
      why: 'too_many_failures',
      evidence: { calls: 4, failures: 4, window_seconds: 30, last_errors: [error, error, error, error] },
    });
  });

  test('refused calls take no place in the agent’s limit', async () => {
    // Open for longer than the refused calls take on any machine.
    const circuitBreaker = { ...SETTINGS, cool_down_seconds: 60, longest_cool_down_seconds: 60 };
    const limited = { id: agentId, circuitBreaker, rateLimitRpm: 6 };
    relay.addAgent('stripe', upstream.url, limited);
    await open();
    for (let i = 0; i < 6; i += 1) expect(await call()).toBe('circuit_open');
    relay.addAgent('stripe', upstream.url, { ...limited, breakerResetAt: new Date() });
    answer = works;
    expect([await call(), await call(), await call()]).toEqual(['200', '200', 'rate_limited']);
  });

  test('that cannot be reached or does not answer in time counts as failing', async () => {
    relay.addAgent('stripe', 'http://127.0.0.1:1', { id: agentId, circuitBreaker: SETTINGS });
    await call();
    await call();
    answer = () => {};
    const routing = { first_byte_timeout_seconds: 0.1 };
    relay.addAgent('stripe', upstream.url, { id: agentId, circuitBreaker: SETTINGS, routing });
    expect(await call()).toBe('upstream_timeout');
    expect(relay.breakerEvents).toEqual([]);
    await call();
    const errors = relay.breakerEvents[0]?.evidence.last_errors?.map(({ error }) => error);
    expect(errors).toEqual(['upstream_unreachable', 'upstream_unreachable', 'upstream_timeout', 'upstream_timeout']);
  });

  test('is told from callers’ mistakes, the relay’s own refusals and callers who leave', async () => {
    answer = (_, response) => void response.writeHead(404).end();
    for (let i = 0; i < 6; i += 1) await call();
    relay.addAgent('stripe', FORBIDDEN, { id: agentId, circuitBreaker: SETTINGS });
    for (let i = 0; i < 6; i += 1) expect(await call()).toBe('upstream_forbidden');
    relay.addAgent('stripe', upstream.url, { id: agentId, circuitBreaker: SETTINGS });
    answer = () => {};
    for (let i = 0; i < 8; i += 1) {
      const leaving = new AbortController();
      const left = call('/left', { signal: leaving.signal }).catch(() => 'left');
      while (!reached.includes('/left')) await once(upstream.server, 'request');
      leaving.abort();
      expect(await left).toBe('left');
      reached = [];
    }
    expect(relay.breakerEvents).toEqual([]);
  });
});

describe('half open', () => {
  test('of 100 callers who wait exactly one tries the upstream', async () => {
    await open();
    await coolDown();
    const waiting: ServerResponse[] = [];
    answer = (_, response) => void waiting.push(response);
    const calls = Array.from({ length: 100 }, () => call());
    await new Promise<void>((resolve) => {
      let refused = 0;
      for (const each of calls) {
        each.then((outcome) => {
          refused += Number(outcome === 'circuit_open');
          if (refused === 99) resolve();
        });
      }
    });
    expect(reached).toHaveLength(1);
    expect(stateNow()?.name).toBe('half_open');
    waiting[0]?.end('well');
    expect((await Promise.all(calls)).filter((outcome) => outcome === '200')).toHaveLength(1);
    expect(stateNow()?.name).toBe('closed');
    expect(relay.breakerEvents.map(({ why }) => why)).toEqual([
      'too_many_failures',
      'cool_down_over',
      'probe_succeeded',
    ]);
  });

  test('a probe that fails opens again, for twice as long, up to the longest', async () => {
    await open();
    const coolDowns = [stateNow()?.coolDownMs];
    for (let i = 0; i < 3; i += 1) {
      await coolDown();
      expect(await call()).toBe('500');
      expect(relay.breakerEvents.at(-1)).toMatchObject({ why: 'probe_failed', from: 'half_open' });
      coolDowns.push(stateNow()?.coolDownMs);
    }
    expect(coolDowns).toEqual([500, 1_000, 2_000, 2_000]);
  });

  test('a long stream is judged by its headers: the breaker closes while it goes on', async () => {
    await open();
    await coolDown();
    answer = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('data: 1\n\n');
    };
    const leaving = new AbortController();
    const stream = await relay.call('/stripe/stream', { signal: leaving.signal });
    expect(stateNow()?.name).toBe('closed');
    answer = works;
    expect(await call()).toBe('200');
    leaving.abort();
    expect(stream.status).toBe(200);
  });

  test('a probe whose caller leaves frees its lease at once', async () => {
    await open();
    await coolDown();
    answer = () => {};
    const leaving = new AbortController();
    const probe = call('/left', { signal: leaving.signal }).catch(() => 'left');
    await once(upstream.server, 'request');
    expect(await call()).toBe('circuit_open');
    leaving.abort();
    await probe;
    answer = works;
    // The relay learns of it in its own time, not by any clock of the breaker.
    while ((await call()) === 'circuit_open');
    expect(stateNow()?.name).toBe('closed');
  });

  test('a probe that a limit refuses frees its lease', async () => {
    relay.addKey(LIMITED_KEY, agentId, undefined, 1);
    const limited = () => call('/x', { headers: { 'x-agentgateway-key': LIMITED_KEY } });
    expect(await limited()).toBe('500');
    await open();
    await coolDown();
    answer = works;
    expect([await limited(), await call()]).toEqual(['rate_limited', '200']);
  });

  test('a probe that the relay itself cannot send frees its lease', async () => {
    await open();
    await coolDown();
    relay.addAgent('stripe', FORBIDDEN, { id: agentId, circuitBreaker: SETTINGS });
    expect(await call()).toBe('upstream_forbidden');
    relay.addAgent('stripe', upstream.url, { id: agentId, circuitBreaker: SETTINGS });
    answer = works;
    expect(await call()).toBe('200');
  });
});

describe('a person’s word', () => {
  const set = (given: object) =>
    relay.addAgent('stripe', upstream.url, { id: agentId, circuitBreaker: SETTINGS, ...given });
  const until = (ms: number) => new Date(Date.now() + ms).toISOString();

  test('holds a breaker open until it expires', async () => {
    answer = works;
    set({ breakerOverride: { state: 'open', until: until(60_000) } });
    expect(await call()).toBe('circuit_open');
    expect(reached).toEqual([]);
    set({ breakerOverride: { state: 'open', until: until(-1) } });
    expect(await call()).toBe('200');
  });

  test('holds it closed although the upstream fails', async () => {
    set({ breakerOverride: { state: 'closed', until: until(60_000) } });
    for (let i = 0; i < 10; i += 1) expect(await call()).toBe('500');
    expect(relay.breakerEvents).toEqual([]);
  });

  test('a reset closes it now, once, and forgets the cool-down', async () => {
    await open();
    set({ breakerResetAt: new Date() });
    expect(await call()).toBe('500');
    for (let i = 0; i < 3; i += 1) await call();
    expect(stateNow()).toMatchObject({ name: 'open', coolDownMs: 500 });
    expect(await call()).toBe('circuit_open');
  });

  test('chosen statuses count as failures, others do not', async () => {
    const status = (code: number) => (_: IncomingMessage, response: ServerResponse) =>
      void response.writeHead(code).end();
    set({ circuitBreaker: { ...SETTINGS, failure_statuses: ['429', '4xx'] } });
    answer = fails;
    for (let i = 0; i < 4; i += 1) await call();
    expect(relay.breakerEvents).toEqual([]);
    answer = status(429);
    for (let i = 0; i < 4; i += 1) await call();
    expect(stateNow()?.name).toBe('open');
  });
});
