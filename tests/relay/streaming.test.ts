import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type IncomingMessage, request, type ServerResponse } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { AGENT_KEY, startUpstream, TestRelay, type TestUpstream } from './relay-harness.ts';

let upstream: TestUpstream;
let relay: TestRelay;
/** What the upstream does with the next calls. */
let handle: (request: IncomingMessage, response: ServerResponse) => void;

beforeEach(async () => {
  upstream = await startUpstream((incoming, response) => handle(incoming, response));
  relay = await new TestRelay().start();
  relay.addAgent('echo', upstream.url);
});

afterEach(async () => {
  await relay.stop();
  await upstream.stop();
});

const open = (path: string, method = 'GET', headers: Record<string, string> = {}) =>
  request(relay.url(path), { method, headers: { 'x-agentgateway-key': AGENT_KEY, ...headers } });

const MEGABYTE = 1024 * 1024;

describe('bodies', () => {
  test.each(['content-length', 'chunked'])('pass both ways unchanged (%s)', async (framing) => {
    handle = (incoming, response) => void pipeline(incoming, response);
    const sent = randomBytes(5 * MEGABYTE);
    const call = open('/echo/', 'POST', framing === 'chunked' ? {} : { 'content-length': String(sent.length) });
    const [[response]] = await Promise.all([once(call, 'response'), pipeline(Readable.from(chunksOf(sent)), call)]);
    const received = createHash('sha256');
    for await (const chunk of response as IncomingMessage) received.update(chunk);
    expect(received.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
    expect(await relay.row()).toMatchObject({ bytesIn: sent.length, bytesOut: sent.length });
  });

  test('a caller that does not read holds the upstream back', async () => {
    let written = 0;
    const stalled = Promise.withResolvers<void>();
    handle = (_, response) => {
      const chunk = Buffer.alloc(MEGABYTE);
      const write = () => {
        while (written < 256 && response.write(chunk)) written += 1;
        written += 1;
        response.once('drain', write);
        stalled.resolve();
      };
      write();
    };
    const call = open('/echo/').end();
    const [response] = (await once(call, 'response')) as [IncomingMessage];
    response.pause();
    await stalled.promise;
    await quiet(() => written);
    expect(written).toBeLessThan(32);
    response.destroy();
  });

  test('an upstream that does not read holds the caller back', async () => {
    handle = (incoming) => incoming.pause();
    const call = open('/echo/', 'POST').on('error', () => {});
    let sent = 0;
    const write = () => {
      while (sent < 256 && call.write(Buffer.alloc(MEGABYTE))) sent += 1;
      sent += 1;
      if (sent < 256) call.once('drain', write);
    };
    write();
    await quiet(() => sent);
    expect(sent).toBeLessThan(32);
    call.destroy();
  });

  test('HEAD keeps the length it announces, 204 and 304 have no body', async () => {
    handle = (incoming, response) => {
      if (incoming.url === '/head') response.writeHead(200, { 'content-length': 1234 }).end();
      else response.writeHead(Number(incoming.url?.slice(1))).end();
    };
    const head = await relay.call('/echo/head', { method: 'HEAD' });
    expect([head.status, head.headers.get('content-length')]).toEqual([200, '1234']);
    for (const status of [204, 304]) expect((await relay.call(`/echo/${status}`)).status).toBe(status);
  });

  test('Expect: 100-continue is answered when the upstream takes the body, and does not go up', async () => {
    handle = (incoming, response) => {
      response.setHeader('x-expect', String(incoming.headers.expect));
      void pipeline(incoming, response);
    };
    const call = open('/echo/', 'POST', { expect: '100-continue' });
    call.flushHeaders();
    await once(call, 'continue');
    call.end('body');
    const [response] = await once(call, 'response');
    expect(response.headers['x-expect']).toBe('undefined');
    expect(String(await response.setEncoding('utf8').toArray())).toBe('body');
  });

  test.each([
    ['/unknown/', 404],
    ['/down/', 502],
  ])('Expect: 100-continue to %s spares the caller its body', async (path, status) => {
    relay.addAgent('down', 'http://127.0.0.1:1');
    const call = open(path, 'POST', { expect: '100-continue', 'content-length': '100000' });
    call.on('continue', () => call.destroy(new Error('the body was asked for'))).flushHeaders();
    const [response] = await once(call, 'response');
    expect([response.statusCode, response.headers.connection]).toEqual([status, 'close']);
    call.destroy();
  });

  test('an answer before the body’s end reaches the caller, refusals of a large body too', async () => {
    handle = (_, response) => response.writeHead(413).end('too large');
    const call = open('/echo/', 'POST').on('error', () => {});
    call.write(Buffer.alloc(100_000));
    const [response] = await once(call, 'response');
    expect(response.statusCode).toBe(413);
    call.destroy();
  });

  test('trailers of the answer pass, but none that belongs in its head', async () => {
    handle = (_, response) => {
      response.writeHead(200, { trailer: 'x-sum' }).write('x');
      response.addTrailers({ 'x-sum': '42', 'set-cookie': 'a=1', 'x-agentgateway-error': 'forged' });
      response.end();
    };
    const call = open('/echo/').end();
    const [response] = await once(call, 'response');
    await response.resume().toArray();
    expect(response.trailers).toEqual({ 'x-sum': '42' });
  });
});

describe('event streams', () => {
  test('headers and each event reach the caller at once', async () => {
    const answer = Promise.withResolvers<ServerResponse>();
    handle = (_, response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
      answer.resolve(response);
    };
    const response = await relay.call('/echo/');
    const reader = response.body?.getReader();
    for (const event of ['data: 1\n\n', 'data: 2\n\n', 'data: 3\n\n']) {
      (await answer.promise).write(event);
      const { value } = (await reader?.read()) ?? {};
      expect(Buffer.from(value ?? []).toString()).toBe(event);
    }
    (await answer.promise).end();
    expect((await reader?.read())?.done).toBe(true);
  });

  test('outlive the total timeout, but not the idle one', async () => {
    relay.addAgent('live', upstream.url, { routing: { total_timeout_seconds: 1, idle_timeout_seconds: 2 } });
    handle = (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    const response = await relay.call('/live/');
    await expect(response.text()).rejects.toThrow();
    const row = await relay.row();
    expect(row).toMatchObject({ status: 200, errorCode: 'upstream_timeout' });
    expect(row.latencyMs).toBeGreaterThanOrEqual(2_000);
  });
});

describe('a broken call', () => {
  test('the caller’s abort reaches the upstream within 100 ms', async () => {
    const closed = Promise.withResolvers<number>();
    const arrived = Promise.withResolvers<void>();
    handle = (_, response) => {
      response.on('close', () => closed.resolve(performance.now()));
      arrived.resolve();
    };
    const call = open('/echo/').end();
    call.on('error', () => {});
    await arrived.promise;
    const aborted = performance.now();
    call.destroy();
    expect((await closed.promise) - aborted).toBeLessThan(100);
    expect(await relay.row()).toMatchObject({ status: 499, errorCode: 'caller_closed' });
  });

  test('an upload that the caller aborts never looks complete to the upstream', async () => {
    const outcome = Promise.withResolvers<string>();
    handle = (incoming) => {
      incoming.resume().on('end', () => outcome.resolve('complete'));
      incoming.on('error', () => outcome.resolve('broken'));
    };
    const call = open('/echo/', 'POST').on('error', () => {});
    call.write('half');
    call.once('socket', (socket) => socket.once('connect', () => setImmediate(() => call.destroy())));
    expect(await outcome.promise).toBe('broken');
  });

  test.each(['content-length', 'chunked'])('an answer cut off half-way never looks complete (%s)', async (framing) => {
    handle = (_, response) => {
      if (framing !== 'chunked') response.setHeader('content-length', 100);
      response.write('half', () => response.destroy());
    };
    const response = await relay.call('/echo/');
    await expect(response.text()).rejects.toThrow();
    expect(await relay.row()).toMatchObject({ status: 200, errorCode: 'upstream_unreachable' });
  });

  test('nothing comes into an answer that is under way, also where the caller’s body breaks the rules', async () => {
    handle = (_, response) => response.writeHead(200, { 'content-length': 1_000 }).write('half');
    const socket = relay.socket();
    const head = `POST /echo/ HTTP/1.1\r\nHost: relay\r\nX-AgentGateway-Key: ${AGENT_KEY}\r\nTransfer-Encoding: chunked\r\n`;
    socket.write(`${head}\r\n1\r\nx\r\n`);
    let received = '';
    for await (const chunk of socket) {
      received += chunk;
      if (received.endsWith('half')) socket.write('no chunk\r\n');
    }
    expect(received).toMatch(/^HTTP\/1.1 200 [\s\S]*\r\n\r\nhalf$/);
  });

  test('a deleted agent’s call goes on for 60 s after the deletion, then it is cut', async () => {
    handle = (_, response) => response.writeHead(200, { 'content-type': 'text/event-stream' }).write('data: 1\n\n');
    const id = relay.addAgent('doomed', upstream.url);
    const response = await relay.call('/doomed/');
    const reader = response.body?.getReader();
    await reader?.read();
    relay.addAgent('doomed', upstream.url, { id, deletedAt: new Date(Date.now() - 57_000) });
    expect((await relay.call('/doomed/')).status).toBe(404);
    expect(relay.context.inFlight.ofRefusingAgents()).toEqual({ [id]: 1 });
    await expect(reader?.read()).rejects.toThrow();
    expect((await relay.row()).errorCode).toBe('agent_not_found');
    expect(relay.context.inFlight.ofRefusingAgents()).toEqual({});
    expect(relay.context.metrics.render({})).toContain('cut_answers_total{code="agent_not_found"} 1');
  });
});

function* chunksOf(buffer: Buffer): Generator<Buffer> {
  for (let at = 0; at < buffer.length; at += 60_000) yield buffer.subarray(at, at + 60_000);
}

/** Resolves when a counter has stood still for a while: back-pressure has no event of its own. */
async function quiet(counter: () => number): Promise<void> {
  for (let last = -1; last !== counter(); ) {
    last = counter();
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}
