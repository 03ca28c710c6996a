import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { startUpstream, TestRelay, type TestUpstream } from '../relay-harness.ts';

let upstream: TestUpstream;
let relay: TestRelay;
let release: ((isKept: boolean) => void) | null;
let asked: Promise<void>;

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    const [, kind] = (request.url ?? '').split('/');
    if (kind === 'length')
      response.writeHead(200, { 'content-length': '10' }).write('12345', () => response.end('67890'));
    else if (kind === 'chunked') response.writeHead(200).write('12345', () => response.end('67890'));
    else if (kind === 'empty') response.writeHead(204).end();
    else response.writeHead(200, { 'content-length': '10' }).end();
  });
  relay = await new TestRelay().start();
  relay.addAgent('durable', upstream.url, { routing: { durable_logs: true } });
  relay.addAgent('closed', upstream.url, { routing: { durable_logs: true }, enabled: false });
});
afterAll(async () => {
  await relay.stop();
  await upstream.stop();
});
beforeEach(() => {
  relay.rows.length = 0;
  asked = new Promise((resolve) => {
    relay.keep = (onKept) => {
      release = onKept;
      resolve();
    };
  });
});

/** What a caller has received of the answer. */
function call(method: string, path: string) {
  const socket = relay.socket();
  const received: Buffer[] = [];
  socket.on('data', (chunk) => received.push(chunk));
  socket.write(
    `${method} ${path} HTTP/1.1\r\nHost: relay\r\nX-AgentGateway-Key: agk_${'k'.repeat(32)}\r\nConnection: close\r\n\r\n`,
  );
  const text = () => Buffer.concat(received).toString('latin1');
  const closed = new Promise<string>((resolve) => socket.on('close', () => resolve(text())));
  return { text, closed, socket };
}

const END: [what: string, method: string, path: string, isComplete: RegExp][] = [
  ['a body of announced length', 'GET', '/durable/length', /\r\n\r\n1234567890$/],
  ['a chunked body', 'GET', '/durable/chunked', /\r\n0\r\n\r\n$/],
  ['no body', 'GET', '/durable/empty', /^HTTP\/1.1 204 [\s\S]*\r\n\r\n$/],
  ['HEAD', 'HEAD', '/durable/head', /^HTTP\/1.1 200 [\s\S]*\r\n\r\n$/],
  ['an error of the relay itself', 'GET', '/closed/x', /agent_disabled[\s\S]*}$/],
];

describe('durable logs: the end of an answer waits until its row is on disk', () => {
  test.each(END)('%s', async (_, method, path, isComplete) => {
    const caller = call(method, path);
    await asked;
    // Whatever is on its way arrives before the answer to a later call.
    relay.addAgent('other', upstream.url);
    await (await relay.call('/other/empty')).arrayBuffer();
    expect(caller.text()).not.toMatch(isComplete);
    release?.(true);
    expect(await caller.closed).toMatch(isComplete);
    expect(
      relay.rows.filter((row) => row.agentId !== relay.snapshot.findRoute(row.organizationId, 'other')?.agentId),
    ).toHaveLength(1);
  });

  test.each(END)('and never comes when the disk does not take it: %s', async (_, method, path, isComplete) => {
    const caller = call(method, path);
    await asked;
    release?.(false);
    expect(await caller.closed).not.toMatch(isComplete);
  });

  test('a caller that leaves while its row is written has one row', async () => {
    const caller = call('GET', '/durable/length');
    await asked;
    caller.socket.destroy();
    while (relay.context.inFlight.size > 0) await new Promise((resolve) => setImmediate(resolve));
    release?.(true);
    expect(relay.rows).toHaveLength(1);
  });
});
