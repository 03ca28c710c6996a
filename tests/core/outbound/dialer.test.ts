import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { createAddressGuard } from '../../../core/outbound/address-guard.ts';
import { checkUpstream } from '../../../core/outbound/check-upstream.ts';
import { createDialer, type Resolve, UpstreamForbiddenError } from '../../../core/outbound/dialer.ts';
import { createOutboundAgent, guardedFetch } from '../../../core/outbound/outbound-agent.ts';
import { parseUpstreamUrl } from '../../../core/outbound/upstream-url.ts';

let server: Server;
let port: number;
let reached = 0;

beforeAll(async () => {
  server = createServer((request, response) => {
    reached += 1;
    if (request.url === '/redirect') response.writeHead(302, { location: `http://inside.test:${port}/` }).end();
    else response.end('reached');
  });
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

const answers =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));

const fetchWith = (allowed: string[], resolve: Resolve) => {
  const agent = createOutboundAgent(createDialer({ guard: createAddressGuard(allowed), resolve }));
  return guardedFetch(agent);
};

describe('invariant 2: the checked address is the dialled one', () => {
  test('one forbidden address among public ones refuses the name, and nothing is dialled', async () => {
    reached = 0;
    const call = fetchWith([], answers('8.8.8.8', '127.0.0.1'))(`http://mixed.test:${port}/`);
    await expect(call).rejects.toThrow(UpstreamForbiddenError);
    await expect(call).rejects.toThrow('AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS');
    expect(reached).toBe(0);
  });

  test('a name that answers differently the second time is dialled at the address that was checked', async () => {
    let lookups = 0;
    const rebinding: Resolve = async () => {
      lookups += 1;
      return [{ address: lookups === 1 ? '127.0.0.1' : '127.0.0.2', family: 4 }];
    };
    const answer = await fetchWith(['127.0.0.1/32'], rebinding)(`http://rebind.test:${port}/`);
    expect([await answer.text(), lookups]).toEqual(['reached', 1]);
  });

  test.each(['127.0.0.1', '[::1]', '2130706433', '0x7f000001', '[::ffff:127.0.0.1]', 'localhost'])(
    'the literal http://%s is refused without being dialled',
    async (host) => {
      reached = 0;
      const agent = createOutboundAgent(createDialer({ guard: createAddressGuard([]) }));
      await expect(guardedFetch(agent)(`http://${host}:${port}/`)).rejects.toThrow(UpstreamForbiddenError);
      expect(reached).toBe(0);
    },
  );

  test('a redirect to a forbidden name is refused', async () => {
    const call = fetchWith([`outside.test:${port}`], answers('127.0.0.1'))(`http://outside.test:${port}/redirect`);
    await expect(call).rejects.toThrow(`inside.test leads to a loopback address`);
  });
});

describe('checkUpstream', () => {
  test.each([
    ['https://api.test', answers('8.8.8.8'), 'ok'],
    ['https://api.test', answers('8.8.8.8', 'fd00::1'), 'forbidden'],
    ['https://0x7f.1', answers(), 'forbidden'],
    ['https://api.test', () => Promise.reject(new Error('ENOTFOUND')), 'unresolved'],
  ] as [string, Resolve, string][])('%s is judged (%#)', async (text, resolve, status) => {
    const check = await checkUpstream(parseUpstreamUrl(text), createAddressGuard([]), resolve);
    expect(check.status).toBe(status);
    if (check.status === 'forbidden') expect(check.reason).toContain('AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS');
  });
});
