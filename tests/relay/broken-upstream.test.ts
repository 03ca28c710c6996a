import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
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
  const routing = { first_byte_timeout_seconds: 0.4, idle_timeout_seconds: 0.4, retries: 0 };
  relay.addAgent('api', upstream.url, { routing });
});
afterEach(async () => {
  // Whatever the upstream did, the next call finds the relay as it was.
  upstream.script = (socket) => socket.end(OK);
  const response = await relay.call('/api/after');
  expect([response.status, await response.text()]).toEqual([200, 'ok']);
  expect(relay.context.inFlight.size).toBe(0);
  await relay.stop();
});

/** Sends these pieces, each in a packet of its own. */
const answerWith = (...pieces: string[]) => {
  upstream.script = async (socket) => {
    for (const piece of pieces) {
      if (!socket.writable) return;
      socket.write(Buffer.from(piece, 'latin1'));
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
};
const answerAndEnd = (text: string) => {
  upstream.script = (socket) => void socket.end(Buffer.from(text, 'latin1'));
};

const HEAD = 'HTTP/1.1 200 OK\r\n';

describe('an answer that is none becomes 502 upstream_unreachable', () => {
  test.each([
    ['nothing at all', ''],
    ['half a status line', 'HTTP/1.1 20'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['no version', '200 OK\r\n\r\n'],
    ['a version that nobody knows', 'HTTP/9.9 200 OK\r\n\r\n'],
    ['a status that is no number', 'HTTP/1.1 abc OK\r\n\r\n'],
    ['a status of two digits', 'HTTP/1.1 20 OK\r\n\r\n'],
    ['a status of four digits', 'HTTP/1.1 2000 OK\r\n\r\n'],
    ['a status of zero', 'HTTP/1.1 000 OK\r\nContent-Length: 0\r\n\r\n'],
    ['half the headers', `${HEAD}Content-Length: 5\r\nX-Half`],
    ['a header without a colon', `${HEAD}Nonsense\r\n\r\n`],
    ['a header with a zero byte', `${HEAD}X: \u0000\r\n\r\n`],
    ['a blank before a colon', `${HEAD}Content-Length : 5\r\n\r\nhello`],
    ['two lengths', `${HEAD}Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello!`],
    ['a length that is no number', `${HEAD}Content-Length: five\r\n\r\nhello`],
    ['a length and chunks', `${HEAD}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`],
    [
      'an upgrade that nobody asked for',
      'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n',
    ],
    ['an unasked 100 Continue', `HTTP/1.1 100 Continue\r\n\r\n${OK}`],
  ])('%s', async (_, text) => {
    answerAndEnd(text);
    const response = await relay.call('/api/x', { method: 'POST' });
    expect([response.status, response.headers.get('x-agentgateway-error')]).toEqual([502, 'upstream_unreachable']);
    expect(await relay.row()).toMatchObject({ status: 502, errorCode: 'upstream_unreachable' });
  });

  test('headers beyond 64 KiB', async () => {
    answerWith(HEAD, ...Array.from({ length: 80 }, (_, i) => `X-${i}: ${'x'.repeat(1_000)}\r\n`), '\r\n');
    const response = await relay.call('/api/x');
    expect([response.status, response.headers.get('x-agentgateway-error')]).toEqual([502, 'upstream_unreachable']);
    expect(await response.text()).toContain('64 KiB');
  });

  test('a reset connection', async () => {
    upstream.script = (socket) => socket.resetAndDestroy();
    expect((await relay.call('/api/x')).headers.get('x-agentgateway-error')).toBe('upstream_unreachable');
  });
});

describe('an answer that does not come in time becomes 504 upstream_timeout', () => {
  test('no byte, on an open connection', async () => {
    upstream.script = () => {};
    expect((await relay.call('/api/x')).headers.get('x-agentgateway-error')).toBe('upstream_timeout');
  });

  test('headers that trickle for ever', async () => {
    upstream.script = (socket) => {
      socket.write(HEAD);
      const trickle = setInterval(() => socket.write('X: a\r\n'), 20);
      socket.on('close', () => clearInterval(trickle));
    };
    expect((await relay.call('/api/x')).headers.get('x-agentgateway-error')).toBe('upstream_timeout');
  });

  test('a flood of 1xx', async () => {
    upstream.script = (socket) => {
      const flood = setInterval(() => socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(200)), 5);
      socket.on('close', () => clearInterval(flood));
    };
    expect((await relay.call('/api/x')).headers.get('x-agentgateway-error')).toBe('upstream_timeout');
  });

  test('a connection that nobody accepts', async () => {
    // A name server that never answers holds the connection up as a silent network does.
    const silent = await new TestRelay(undefined, null, () => new Promise(() => {})).start();
    silent.addAgent('silent', 'http://upstream.test', { routing: { connect_timeout_seconds: 0.3 } });
    const startedAt = performance.now();
    const response = await silent.call('/silent/x');
    expect([response.status, response.headers.get('x-agentgateway-error')]).toEqual([504, 'upstream_timeout']);
    expect(await response.text()).toContain('connect timeout');
    expect(performance.now() - startedAt).toBeLessThan(900);
    await silent.stop();
  });
});

describe('an answer that breaks off never looks complete', () => {
  test.each([
    ['a body shorter than its length', `${HEAD}Content-Length: 10\r\n\r\nhalf`],
    ['chunks without the last one', `${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n`],
    ['a chunk that breaks off', `${HEAD}Transfer-Encoding: chunked\r\n\r\nff\r\nhalf`],
    ['a chunk size that is none', `${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\nzz\r\n`],
    ['a chunk without its end', `${HEAD}Transfer-Encoding: chunked\r\n\r\n4\r\nhalfhalf\r\n0\r\n\r\n`],
  ])('%s', async (_, text) => {
    const [head = '', rest = ''] = text.split(/(?<=\r\n\r\n)/);
    upstream.script = (socket) => {
      socket.write(head);
      setTimeout(() => socket.end(rest), 20);
    };
    const response = await relay.call('/api/x');
    expect(response.status).toBe(200);
    await expect(response.text()).rejects.toThrow();
    expect(await relay.row()).toMatchObject({ status: 200, errorCode: 'upstream_unreachable' });
  });

  test.each([
    ['a reset in the middle', true],
    ['a body that stops coming', false],
  ])('%s', async (_, resets) => {
    upstream.script = (socket) => {
      socket.write(`${HEAD}Content-Length: 10\r\n\r\nhalf`);
      if (resets) setTimeout(() => socket.resetAndDestroy(), 20);
    };
    const response = await relay.call('/api/x');
    await expect(response.text()).rejects.toThrow();
    expect((await relay.row()).errorCode).toBe(resets ? 'upstream_unreachable' : 'upstream_timeout');
  });
});

describe('an answer that is odd but sound passes', () => {
  test.each([
    ['in many small pieces', [...`${HEAD}Content-Length: 5\r\n\r\nhello`], 200, 'hello'],
    [
      'behind 1xx answers',
      [
        'HTTP/1.1 102 Processing\r\n\r\n',
        'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n',
        `${HEAD}Content-Length: 5\r\n\r\nhello`,
      ],
      200,
      'hello',
    ],
    ['in HTTP/1.0', ['HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello'], 200, 'hello'],
    ['without a reason', ['HTTP/1.1 404 \r\nContent-Length: 0\r\n\r\n'], 404, ''],
    ['with a status that nobody knows', ['HTTP/1.1 799 Odd\r\nContent-Length: 0\r\n\r\n'], 799, ''],
    ['with bytes beyond ASCII in a header', [`${HEAD}X-Name: \u00e4\u00ff\r\nContent-Length: 0\r\n\r\n`], 200, ''],
    [
      'with more behind its body',
      [`${HEAD}Content-Length: 5\r\nConnection: close\r\n\r\nhelloHTTP/1.1 200 OK\r\n\r\nevil`],
      200,
      'hello',
    ],
  ])('%s', async (_, pieces, status, body) => {
    answerWith(...pieces);
    const response = await relay.call('/api/x');
    expect([response.status, await response.text()]).toEqual([status, body]);
  });

  test('one that ends with its connection', async () => {
    answerAndEnd(`${HEAD}\r\nhello`);
    expect(await (await relay.call('/api/x')).text()).toBe('hello');
  });

  test('bytes that come before anything was asked belong to nobody', async () => {
    upstream.script = (socket) =>
      socket.write(`${OK.replace('Connection: close\r\n', '')}HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil`);
    const answers = [];
    for (let i = 0; i < 3; i += 1) answers.push(await (await relay.call('/api/x')).text());
    expect(answers).toEqual(['ok', 'ok', 'ok']);
  });
});
