import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo, Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createAddressGuard } from '../../../core/outbound/address-guard.ts';
import { createDialer } from '../../../core/outbound/dialer.ts';
import { createUpstreamTrials, TRIALS } from '../../../core/services/upstream-trials.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { freePort } from '../../servers/free-port.ts';
import { makeMailCertificate } from '../../servers/mail-certificate.ts';
import { addMember, seedCaller } from '../../servers/seed.ts';
import { type Answer, call, throughApp } from './call.ts';

const SECRET_OF_INSIDE = 'what only the upstream knows';
const servers: Server[] = [];
const asked: { path: string | undefined; headers: object }[] = [];
let stack: TestDependencies;
let plain: string;
let encrypted: string;

/** A server on a free port. @returns host and port */
async function listening(server: Server): Promise<string> {
  servers.push(server.listen(0, '127.0.0.1'));
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answer: RequestListener = ({ url, headers, socket }, response) => {
  asked.push({ path: url, headers });
  if (url === '/hangs-up') return socket.destroy();
  const status = url === '/moved' ? 302 : 401;
  response.writeHead(status, { location: `http://${plain}/elsewhere`, 'x-inside': SECRET_OF_INSIDE });
  response.end(SECRET_OF_INSIDE);
};

beforeAll(async () => {
  const tryUpstream = createUpstreamTrials(createDialer({ guard: createAddressGuard(['127.0.0.0/8']) }));
  stack = await testDependencies({ tryUpstream });
  plain = await listening(createServer(answer));
  const folder = await mkdtemp(join(tmpdir(), 'agentgateway-upstream-'));
  const certificate = await makeMailCertificate(folder);
  const [key, cert] = await Promise.all([readFile(certificate.key), readFile(certificate.cert)]);
  certificate.forget();
  await rm(folder, { recursive: true });
  encrypted = await listening(createTlsServer({ key, cert }, answer));
});
afterAll(async () => {
  for (const server of servers) server.close();
  await stack?.stop();
});

/** Each by an organization of its own, which has tried nothing yet. */
async function tried(upstream_url: string): Promise<Answer> {
  const manager = await seedCaller(stack.dependencies.database, 'manager');
  return call(stack.dependencies, manager, 'test_upstream', { upstream_url });
}

test('whatever the status, it works; of the answer nothing else is told, and no redirect is followed', async () => {
  asked.length = 0;
  const answers = [await tried(`http://${plain}/v1`), await tried(`http://${plain}/moved`)];
  expect(answers).toMatchObject([
    { works: true, status: 401, latency_ms: expect.any(Number), failed_step: null, why: null },
    { works: true, status: 302 },
  ]);
  expect(asked.map(({ path }) => path)).toEqual(['/v1', '/moved']);
  expect(JSON.stringify(asked)).not.toMatch(/authorization|cookie/i);
  expect(JSON.stringify(answers)).not.toMatch(/only the upstream|elsewhere/);
});

test('what fails is told by its step, with what to look at', async () => {
  const nobody = await freePort();
  const steps = {
    [`http://127.0.0.1:${nobody}`]: ['connect', /check that it is up/],
    [`https://${encrypted}`]: ['tls', /self-signed/],
    [`https://${plain}`]: ['tls', /speaks no TLS/],
    [`http://${plain}/hangs-up`]: ['http', /closed the connection/],
  } as const;
  for (const [url, [failed_step, why]] of Object.entries(steps)) {
    expect(await tried(url)).toEqual({
      works: false,
      status: null,
      latency_ms: null,
      failed_step,
      why: expect.stringMatching(why),
    });
  }
  const unresolved = { ...stack.dependencies, checkUpstream: async () => ({ status: 'unresolved' }) as const };
  const manager = await seedCaller(stack.dependencies.database, 'manager');
  const input = { upstream_url: 'https://nowhere.test' };
  expect(await call(unresolved, manager, 'test_upstream', input)).toMatchObject({ failed_step: 'resolve' });
});

test('a forbidden address is refused as for an agent, and the refusal is on record', async () => {
  const guarded = createUpstreamTrials(createDialer({ guard: createAddressGuard([]) }));
  const manager = await seedCaller(stack.dependencies.database, 'manager');
  const refused = call({ ...stack.dependencies, tryUpstream: guarded }, manager, 'test_upstream', {
    upstream_url: `http://${plain}`,
  });
  await expect(refused).rejects.toMatchObject({
    code: 'upstream_forbidden',
    detail: expect.stringContaining('AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS'),
  });
  await call(stack.dependencies, manager, 'test_upstream', { upstream_url: `http://${plain}` });
  const events = await stack.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
    transaction.auditEvent.findMany({ where: { action: 'test_upstream' }, orderBy: { id: 'asc' } }),
  );
  expect(events).toMatchObject([
    { outcome: 'refused', status: 422, arguments: { upstream_url: `http://${plain}` } },
    { outcome: 'succeeded', status: 200 },
  ]);
});

test('an organization tries no more than its share; an operator and an app try nothing', async () => {
  const manager = await seedCaller(stack.dependencies.database, 'manager');
  const again = (by = manager as Parameters<typeof call>[1]) =>
    call(stack.dependencies, by, 'test_upstream', { upstream_url: `http://${plain}` });
  const outcomes = await Promise.allSettled(Array.from({ length: TRIALS.burst + 5 }, () => again()));
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(TRIALS.burst);
  await expect(again()).rejects.toMatchObject({ code: 'rate_limited', retryAfterSeconds: expect.any(Number) });
  const operator = await addMember(stack.dependencies.database, manager, 'operator');
  await expect(again(operator)).rejects.toMatchObject({ code: 'forbidden' });
  await expect(again(throughApp(manager, ['agents:write']))).rejects.toMatchObject({ code: 'forbidden' });
});
