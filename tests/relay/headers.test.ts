import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { AGENT_KEY, link, startUpstream, TestRelay, type TestUpstream } from './relay-harness.ts';

let upstream: TestUpstream;
let relay: TestRelay;
let received: { url: string; rawHeaders: string[] };
const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    received = { url: request.url ?? '', rawHeaders: request.rawHeaders };
    response.writeHead(200, [
      ['Connection', 'X-Hop, X-AgentGateway-Request-Id, close'],
      ['X-Hop', 'one'],
      ['Keep-Alive', 'timeout=9'],
      ['Proxy-Authenticate', 'Basic'],
      ['Trailer', 'X-Sum'],
      ['Set-Cookie', 'a=1'],
      ['Set-Cookie', 'b=2'],
      ['X-Custom-Case', 'kept'],
      ['X-AgentGateway-Request-Id', 'forged'],
    ]);
    response.end('x');
  });
  relay = await new TestRelay().start();
  relay.addAgent('plain', upstream.url);
  relay.addAgent('bearer', upstream.url, {}, [link(upstream, { kind: 'bearer' }, 'sk_secret')]);
  relay.addAgent('query', upstream.url, {}, [link(upstream, { kind: 'query', name: 'key' }, 'sk/secret')]);
});

beforeEach(() => {
  received = { url: '', rawHeaders: [] };
});

afterAll(async () => {
  await relay.stop();
  await upstream.stop();
});

async function send(path: string, headers: string[]): Promise<string> {
  return relay.raw(`GET ${path} HTTP/1.1\r\nHost: relay.test\r\nConnection: close\r\n${headers.join('\r\n')}\r\n\r\n`);
}

function pairs(): string[] {
  const all: string[] = [];
  for (let i = 0; i < received.rawHeaders.length; i += 2) {
    all.push(`${received.rawHeaders[i]}: ${received.rawHeaders[i + 1]}`);
  }
  return all;
}

describe('invariant 3: the agent key never goes upstream', () => {
  test.each([
    ['X-AgentGateway-Key', [`X-AgentGateway-Key: ${AGENT_KEY}`]],
    ['X-Api-Key', [`x-api-key: ${AGENT_KEY}`]],
    ['Bearer', [`Authorization: bearer ${AGENT_KEY}`]],
    ['Basic user name', [`Authorization: ${basic(`${AGENT_KEY}:`)}`]],
    ['Basic password', [`Authorization: ${basic(`user:${AGENT_KEY}`)}`]],
    [
      'all three',
      [`Authorization: Bearer ${AGENT_KEY}`, `X-Api-Key: ${AGENT_KEY}`, `X-AgentGateway-Key: ${AGENT_KEY}`],
    ],
    ['twice', [`X-Api-Key: ${AGENT_KEY}`, `X-Api-Key: ${AGENT_KEY}`]],
    ['a second, worthless key', [`X-AgentGateway-Key: ${AGENT_KEY}`, 'Authorization: Bearer agk_other']],
  ])('presented as %s', async (_, headers) => {
    expect(await send('/plain/x', headers)).toMatch(/^HTTP\/1\.1 200 /);
    expect(pairs().join('\n')).not.toMatch(/agk_|authorization|x-api-key/i);
  });

  test('what is not ours passes on', async () => {
    await send('/plain/x', [
      `X-AgentGateway-Key: ${AGENT_KEY}`,
      'Authorization: Bearer theirs',
      'X-Api-Key: theirs too',
    ]);
    expect(pairs()).toEqual(expect.arrayContaining(['Authorization: Bearer theirs', 'X-Api-Key: theirs too']));
  });

  test('the first of the three places decides', async () => {
    const answer = await send('/plain/x', ['X-AgentGateway-Key: agk_worthless', `Authorization: Bearer ${AGENT_KEY}`]);
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });
});

describe('invariant 3: injected headers win over the caller’s', () => {
  test('header', async () => {
    await send('/bearer/x', [`X-Api-Key: ${AGENT_KEY}`, 'authorization: Bearer mine', 'AUTHORIZATION: Basic mine']);
    expect(pairs().filter((pair) => /^authorization/i.test(pair))).toEqual(['Authorization: Bearer sk_secret']);
  });

  test('query', async () => {
    await send('/query/x?a=1&%6bey=mine', [`X-Api-Key: ${AGENT_KEY}`]);
    expect(received.url).toBe('/x?a=1&key=sk%2Fsecret');
  });

  test('naming the injected header in Connection does not take it away', async () => {
    await send('/bearer/x', [`X-Api-Key: ${AGENT_KEY}`, 'Connection: authorization, close']);
    expect(pairs()).toContain('Authorization: Bearer sk_secret');
  });
});

describe('invariant 3: hop-by-hop headers end at the relay', () => {
  test('on the way up', async () => {
    await send('/plain/x', [
      `X-Api-Key: ${AGENT_KEY}`,
      'Connection: X-Named, close',
      'X-Named: 1',
      'Keep-Alive: timeout=5',
      'Proxy-Authorization: Basic x',
      'Proxy-Connection: keep-alive',
      'TE: trailers',
      'Trailer: X-Sum',
      'Upgrade: h2c',
      'X-Custom-Case: kept',
    ]);
    const own = pairs().filter((pair) => !/^(host|connection): /i.test(pair));
    expect(own).toEqual(['X-Custom-Case: kept']);
    expect(pairs()).toContain(`host: 127.0.0.1:${upstream.port}`);
  });

  test('on the way back; cookies stay apart and names keep their case', async () => {
    const answer = await send('/plain/x', [`X-Api-Key: ${AGENT_KEY}`, 'Connection: close']);
    expect(answer).not.toMatch(/X-Hop|timeout=9|Proxy-Authenticate|Trailer|forged/i);
    expect(answer).toMatch(/\r\nX-AgentGateway-Request-Id: [0-9a-f-]{36}\r\n/);
    expect(answer).toMatch(/\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nX-Custom-Case: kept\r\n/);
  });
});
