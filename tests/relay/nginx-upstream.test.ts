import { once } from 'node:events';
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { describeNeeding } from '../servers/describe-needing.ts';
import { type NginxServer, startNginx } from '../servers/nginx-server.ts';
import { AGENT_KEY, link, TestRelay } from './relay-harness.ts';

const PAGE = 'The quick brown fox jumps over the lazy dog. '.repeat(200);

const LOCATIONS = `
    location /zipped { gzip on; alias ROOT/page.txt; }
    location /empty { return 204; }
    location /moved { return 302 https://elsewhere.test/; }
    location /guarded { if ($http_authorization != "Bearer sk_secret") { return 401; } return 200 "in as $http_authorization"; }
    location /told { return 200 "$request_method $request_uri $http_host"; }
    location /upload { proxy_pass http://127.0.0.1:$server_port/told; }
    location /slow { limit_rate 4k; alias ROOT/page.txt; }
`;

describeNeeding(['nginx'], 'with nginx as the upstream', () => {
  let nginx: NginxServer;
  let relay: TestRelay;

  beforeAll(async () => {
    nginx = await startNginx(LOCATIONS, { 'page.txt': PAGE });
    relay = await new TestRelay().start();
    relay.addAgent('web', `http://127.0.0.1:${nginx.port}`, {}, [link(nginx, { kind: 'bearer' }, 'sk_secret')]);
  });
  afterAll(async () => {
    await relay?.stop();
    await nginx?.stop();
  });

  const open = (path: string, method: string, headers: Record<string, string> = {}) =>
    request(relay.url(path), { method, headers: { 'x-api-key': AGENT_KEY, ...headers } });

  test('the page, its secret, its redirect, its emptiness', async () => {
    expect(await (await relay.call('/web/page.txt')).text()).toBe(PAGE);
    expect(await (await relay.call('/web/guarded')).text()).toBe('in as Bearer sk_secret');
    expect((await relay.call('/web/moved')).headers.get('location')).toBe('https://elsewhere.test/');
    const empty = await relay.call('/web/empty');
    expect([empty.status, await empty.text()]).toEqual([204, '']);
  });

  test('HEAD tells the length and sends nothing, and the connection goes on', async () => {
    for (let i = 0; i < 3; i += 1) {
      const response = await relay.call('/web/page.txt', { method: 'HEAD' });
      expect([response.status, response.headers.get('content-length'), await response.text()]).toEqual([
        200,
        String(PAGE.length),
        '',
      ]);
    }
  });

  test('304 for what the caller has', async () => {
    const tag = (await relay.call('/web/page.txt')).headers.get('etag') ?? '';
    const response = await relay.call('/web/page.txt', { headers: { 'if-none-match': tag } });
    expect([response.status, response.headers.get('etag'), await response.text()]).toEqual([304, tag, '']);
  });

  test('a compressed body passes as it is, chunked', async () => {
    const call = open('/web/zipped', 'GET', { 'accept-encoding': 'gzip' }).end();
    const [response] = await once(call, 'response');
    expect([response.headers['content-encoding'], response.headers['transfer-encoding']]).toEqual(['gzip', 'chunked']);
    expect(gunzipSync(Buffer.concat(await response.toArray())).toString()).toBe(PAGE);
  });

  test('ranges', async () => {
    const response = await relay.call('/web/page.txt', { headers: { range: 'bytes=4-8' } });
    expect([response.status, response.headers.get('content-range'), await response.text()]).toEqual([
      206,
      `bytes 4-8/${PAGE.length}`,
      'quick',
    ]);
    expect((await relay.call('/web/page.txt', { headers: { range: 'bytes=99999-' } })).status).toBe(416);
  });

  test('an upload that expects 100 Continue', async () => {
    const call = open('/web/upload', 'POST', { expect: '100-continue', 'content-length': '5' });
    call.flushHeaders();
    await once(call, 'continue');
    call.end('hello');
    const [response] = await once(call, 'response');
    expect([response.statusCode, await text(response)]).toEqual([200, expect.stringContaining('POST /told')]);
  });

  test('an upload that nginx refuses half-way', async () => {
    const call = open('/web/upload', 'POST', { 'content-length': String(4 * 1_048_576) }).on('error', () => {});
    call.write(Buffer.alloc(1_048_576));
    const [response] = await once(call, 'response');
    expect([response.statusCode, response.headers['x-agentgateway-error']]).toEqual([413, undefined]);
    call.destroy();
  });

  test('a slow page arrives whole', async () => {
    const response = await relay.call('/web/slow');
    expect(await response.text()).toBe(PAGE);
  });
});
