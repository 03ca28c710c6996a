import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { AGENT_KEY, startUpstream, TestRelay, type TestUpstream } from './relay-harness.ts';

let upstream: TestUpstream;
let relay: TestRelay;
let reached: string[] = [];

beforeAll(async () => {
  upstream = await startUpstream((request, response) => {
    reached.push(`${request.headers.host} ${request.url}`);
    response.end();
  });
  relay = await new TestRelay().start();
  relay.addAgent('echo', `${upstream.url}/base`);
  relay.addAgent('root', upstream.url);
});

afterAll(async () => {
  await relay.stop();
  await upstream.stop();
});

async function ask(target: string): Promise<string> {
  reached = [];
  const head = `GET ${target} HTTP/1.1\r\nHost: evil.test\r\nX-AgentGateway-Key: ${AGENT_KEY}\r\nConnection: close\r\n\r\n`;
  return relay.raw(head);
}

describe('the raw path is appended to the base path', () => {
  test.each([
    ['/echo', '/base'],
    ['/echo/', '/base/'],
    ['/echo?x=1', '/base?x=1'],
    ['/echo/v1/a%20b', '/base/v1/a%20b'],
    ['/echo/group%2Fproject', '/base/group%2Fproject'],
    ['/echo/100%25', '/base/100%25'],
    ['/echo/a..b/...', '/base/a..b/...'],
    ['/echo/.well-known/x', '/base/.well-known/x'],
    ['/echo/https://other.test/x', '/base/https://other.test/x'],
    ['/echo/x?u=../..//&v=%2e%2e', '/base/x?u=../..//&v=%2e%2e'],
    ['/echo/caf%C3%A9/%C0b', '/base/caf%C3%A9/%C0b'],
    ['/root', '/'],
    ['/root?x', '/?x'],
    ['/root/a', '/a'],
  ])('%s goes out as %s, to the upstream’s own host', async (target, expected) => {
    expect(await ask(target)).toMatch(/^HTTP\/1\.1 200 /);
    expect(reached).toEqual([`127.0.0.1:${upstream.port} ${expected}`]);
  });
});

describe('path confusion cannot leave the base path', () => {
  test.each([
    '/echo/..',
    '/echo/../admin',
    '/echo/a/../../admin',
    '/echo/./a',
    '/echo/%2e%2e/admin',
    '/echo/.%2E/admin',
    '/echo/%252e%252e/admin',
    '/echo/%25252e./admin',
    '/echo/a%2f..%2f..%2fadmin',
    '/echo/a%5c..%5cadmin',
    '/echo/a\\..\\admin',
    '/echo/..%5cadmin',
    '/echo/..;/admin',
    '/echo/..;x=1/admin',
    '/echo/..%00/admin',
    '/echo/%c0%ae%c0%ae/admin',
    '/echo/%u002e%u002e/admin',
    '/echo/..%c0%afadmin',
    '/echo//evil.test/admin',
    '/echo/%2fevil.test',
    '/echo/\\evil.test',
    '/root//evil.test/admin',
    '/echo/x#/../admin',
    '/echo/x?a#b',
    'http://evil.test/echo/x',
    'https://evil.test/echo/x',
    '*',
  ])('%s is refused as malformed_request', async (target) => {
    expect(await ask(target)).toMatch(/^HTTP\/1\.1 400 [\s\S]*X-AgentGateway-Error: malformed_request/);
    expect(reached).toEqual([]);
  });
});

describe('what is not plain HTTP/1.1 is refused', () => {
  const key = `X-AgentGateway-Key: ${AGENT_KEY}\r\n`;
  test.each([
    ['CONNECT', `CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n`],
    ['no host', `GET /echo/x HTTP/1.1\r\n${key}\r\n`],
    ['two hosts', `GET /echo/x HTTP/1.1\r\nHost: a\r\nHost: b\r\n${key}Connection: close\r\n\r\n`],
    [
      'length and chunks',
      `POST /echo/x HTTP/1.1\r\nHost: a\r\n${key}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['two lengths', `POST /echo/x HTTP/1.1\r\nHost: a\r\n${key}Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcdef`],
    ['a bare line feed', `GET /echo/x HTTP/1.1\nHost: a\n${key}\n\n`],
    ['a folded header', `GET /echo/x HTTP/1.1\r\nHost: a\r\n${key}X-Fold: a\r\n b\r\n\r\n`],
    ['a blank before the colon', `GET /echo/x HTTP/1.1\r\nHost: a\r\n${key}X-Blank : a\r\n\r\n`],
    ['a control character', `GET /echo/x HTTP/1.1\r\nHost: a\r\n${key}X-Null: \u0000\r\n\r\n`],
    ['no method', `\r\n\r\nnonsense\r\n\r\n`],
  ])('%s', async (_, request) => {
    reached = [];
    expect(await relay.raw(request)).toMatch(/^HTTP\/1\.1 400 /);
    expect(reached).toEqual([]);
  });

  test('who does not hang up after a refusal is hung up on, so that the relay can stop', async () => {
    const other = await new TestRelay().start();
    const staying = connect({ port: other.port, host: '127.0.0.1', allowHalfOpen: true }).resume();
    staying.write('CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test:443\r\n\r\n');
    await once(staying, 'end');
    await other.stop();
    staying.destroy();
  });
});
