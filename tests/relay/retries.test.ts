import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { RetryBudget } from '../../relay/forwarding/retry-budget.ts';
import { TestRelay } from './relay-harness.ts';
import { OK, type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';

let upstream: ScriptedUpstream;
let relay: TestRelay;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.stop());
beforeEach(async () => {
  upstream.received = [];
  relay = await new TestRelay().start();
  relay.addAgent('echo', upstream.url);
});
afterEach(() => relay.stop());

/** Hangs up on the first so many calls. */
const failFirst = (calls: number) => {
  upstream.script = (socket, call) => (call <= calls ? socket.resetAndDestroy() : socket.end(OK));
};
const outcome = (response: Response) => `${response.status} ${response.headers.get('x-agentgateway-error')}`;

describe('an idempotent call that was not answered is sent anew', () => {
  test.each(['GET', 'HEAD', 'OPTIONS', 'DELETE', 'PUT'])('%s', async (method) => {
    failFirst(1);
    const response = await relay.call('/echo/x', { method });
    expect([outcome(response), upstream.received.length]).toEqual(['200 null', 2]);
    expect(upstream.received[1]).toBe(upstream.received[0]);
    await response.text();
    expect(await relay.row()).toMatchObject({ status: 200, errorCode: null });
  });

  test.each(['POST', 'PATCH'])('%s is not: it may have been applied', async (method) => {
    failFirst(1);
    expect(outcome(await relay.call('/echo/x', { method }))).toBe('502 upstream_unreachable');
    expect(upstream.received.length).toBe(1);
  });

  test('one whose body has left is not', async () => {
    failFirst(1);
    expect(outcome(await relay.call('/echo/x', { method: 'PUT', body: 'body' }))).toBe('502 upstream_unreachable');
    expect(upstream.received.length).toBe(1);
  });

  test('one of which something was answered is not', async () => {
    upstream.script = (socket) => socket.end('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf');
    const response = await relay.call('/echo/x');
    await expect(response.text()).rejects.toThrow();
    expect(upstream.received.length).toBe(1);
  });

  test('one whose answer is no HTTP is not', async () => {
    upstream.script = (socket) => socket.end('SSH-2.0-OpenSSH\r\n');
    expect(outcome(await relay.call('/echo/x'))).toBe('502 upstream_unreachable');
    expect(upstream.received.length).toBe(1);
  });

  test('a body still whole goes out with the second sending', async () => {
    const target = await startScriptedUpstream();
    let lookups = 0;
    const away = await new TestRelay(undefined, null, async () => {
      lookups += 1;
      if (lookups === 1) throw Object.assign(new Error('not now'), { code: 'EAI_AGAIN' });
      return [{ address: '127.0.0.1', family: 4 }];
    }).start();
    target.script = (socket, _, received) => void (received.endsWith('body') && socket.end(OK));
    away.addAgent('named', `http://upstream.test:${target.port}`);
    const response = await away.call('/named/x', { method: 'PUT', body: 'body' });
    expect([outcome(response), lookups, target.received.length]).toEqual(['200 null', 2, 1]);
    await away.stop();
    await target.stop();
  });
});

describe('how often', () => {
  test.each([
    [0, 1, '502 upstream_unreachable'],
    [1, 2, '502 upstream_unreachable'],
    [2, 3, '200 null'],
  ])('retries: %d sends at most %d times', async (retries, sendings, expected) => {
    failFirst(2);
    relay.addAgent('set', upstream.url, { routing: { retries } });
    expect(outcome(await relay.call('/set/x'))).toBe(expected);
    expect(upstream.received.length).toBe(sendings);
  });

  test('of a dead upstream’s calls at most a tenth are sent anew', async () => {
    failFirst(Number.POSITIVE_INFINITY);
    // The breaker is another matter: it would spare the upstream nearly all of them.
    relay.addAgent('dead', upstream.url, { circuitBreaker: { failure_rate: 1, minimum_calls: 1_000 } });
    for (let i = 0; i < 10; i += 1) {
      await Promise.all(Array.from({ length: 20 }, () => relay.call('/dead/x').then((response) => response.text())));
    }
    expect(upstream.received.length).toBeGreaterThan(200);
    expect(upstream.received.length).toBeLessThanOrEqual(220);
  });

  test('an agent with few calls has three in ten seconds', () => {
    const budget = new RetryBudget();
    budget.countCall(0);
    expect([1, 2, 3, 4].map((at) => budget.take(at))).toEqual([true, true, true, false]);
    expect(budget.take(10_001)).toBe(true);
  });
});

describe('Retry-After', () => {
  const busy = (retryAfter: string) => `HTTP/1.1 503 Busy\r\n${retryAfter}Content-Length: 4\r\n\r\nbusy`;

  test.each([
    ['Retry-After: 0\r\n', 'GET', 2, 200],
    ['Retry-After: 1\r\n', 'GET', 2, 200],
    ['Retry-After: 2\r\n', 'GET', 1, 503],
    ['Retry-After: soon\r\n', 'GET', 1, 503],
    ['', 'GET', 1, 503],
    ['Retry-After: 0\r\n', 'POST', 1, 503],
  ])('a 503 with %j to a %s: %d sendings, %d', async (retryAfter, method, sendings, status) => {
    upstream.script = (socket, call) => void socket.end(call === 1 ? busy(retryAfter) : OK);
    const startedAt = performance.now();
    const response = await relay.call('/echo/x', { method });
    expect([await response.text(), response.status]).toEqual([status === 200 ? 'ok' : 'busy', status]);
    expect(upstream.received.length).toBe(sendings);
    if (retryAfter.includes('1')) expect(performance.now() - startedAt).toBeGreaterThanOrEqual(1_000);
  });

  test('a second 503 is the caller’s', async () => {
    upstream.script = (socket) => void socket.end(busy('Retry-After: 0\r\n'));
    const response = await relay.call('/echo/x');
    expect([response.status, response.headers.get('retry-after'), await response.text()]).toEqual([503, '0', 'busy']);
    expect(upstream.received.length).toBe(2);
  });
});

test('a caller that leaves during the wait is not carried on', async () => {
  const leaving = new AbortController();
  // The wait begins when the answer has come: a tenth of it later the caller leaves.
  upstream.script = (socket) => {
    socket.end('HTTP/1.1 503 Busy\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n');
    setTimeout(() => leaving.abort(), 100);
  };
  await expect(relay.call('/echo/x', { signal: leaving.signal })).rejects.toThrow();
  expect(await relay.row()).toMatchObject({ status: 499, errorCode: 'caller_closed' });
  await new Promise((resolve) => setTimeout(resolve, 1_000));
  expect(upstream.received.length).toBe(1);
});
