import { createHash, createPublicKey, type JsonWebKey, verify } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { openHeadSigner } from '../../../core/audit/head.ts';
import type { Caller } from '../../../core/domain/caller.ts';
import { canonicalJson } from '../../../core/domain/canonical-json.ts';
import { chainAuditEvents } from '../../../core/store/chain-audit-events.ts';
import { insertEvents } from '../../core/audit/audit-chain-harness.ts';
import { type RunningApp, startApp } from '../../servers/connected-app.ts';
import { addMember, seedCaller } from '../../servers/seed.ts';
import { createApiTokenFor } from './api-token.ts';

const EVENTS = 1_234;

let app: RunningApp;
let admin: Caller;
let jobs: pg.Pool;
let superuser: pg.Pool;
let apiToken: string;

const chain = async () => {
  const signer = await openHeadSigner(app.dependencies.instanceKeys);
  while ((await chainAuditEvents(jobs, signer)).chained > 0);
};

beforeAll(async () => {
  app = await startApp();
  jobs = new pg.Pool({ connectionString: app.testDatabase.urls.jobs });
  superuser = new pg.Pool({ connectionString: app.testDatabase.urls.superuser });
  // Connections that are still closing when their database is dropped.
  for (const each of [jobs, superuser]) each.on('error', () => {});
  admin = await seedCaller(app.dependencies.database, 'admin');
  apiToken = await createApiTokenFor(app.dependencies, admin);
  await insertEvents(superuser, admin.organizationId, EVENTS);
  await chain();
});
afterAll(async () => {
  await Promise.all([jobs?.end(), superuser?.end()]);
  await app?.stop();
});

const request = (path: string, init: RequestInit = {}, presented = apiToken) =>
  fetch(`${app.url}/api${path}`, {
    ...init,
    headers: { authorization: `Bearer ${presented}`, 'content-type': 'application/json' },
  });
// biome-ignore lint/suspicious/noExplicitAny: an outsider reads JSON
const verification = async (body: object = {}): Promise<any> =>
  (await request('/v1/audit-events/verify', { method: 'POST', body: JSON.stringify(body) })).json();
const linesOf = async (response: Response) =>
  (await response.text())
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('a query asks for changes alone, as people may', async () => {
  const { items } = (await (await request('/v1/audit-events?changes=true&limit=5')).json()) as { items: object[] };
  expect(items).toHaveLength(5);
});

test('an export is checked by anybody, with nothing but SHA-256, RFC 8785 and the public key', async () => {
  const response = await request('/v1/audit-events/export');
  expect(response.headers.get('content-type')).toBe('application/jsonl');
  const lines = await linesOf(response);
  expect(lines).toHaveLength(EVENTS);
  let previous = '0'.repeat(64);
  for (const [index, { hash, ...content }] of lines.entries()) {
    expect(content).toMatchObject({ sequence: index + 1, previous, event: { organization_id: admin.organizationId } });
    expect(createHash('sha256').update(canonicalJson(content)).digest('hex')).toBe(hash);
    previous = hash;
  }
  const { head } = await verification();
  const { key_id, signature, ...signed } = head;
  expect(signed).toMatchObject({ organization_id: admin.organizationId, sequence: EVENTS, hash: previous });
  const { keys } = (await (await fetch(`${app.url}/api/audit-keys.json`)).json()) as {
    keys: (JsonWebKey & { kid: string })[];
  };
  const key = keys.find(({ kid }) => kid === key_id);
  const message = Buffer.from(canonicalJson({ type: 'agentgateway-audit-head', ...signed }));
  const publicKey = createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
  expect(verify(null, message, publicKey, Buffer.from(signature, 'base64url'))).toBe(true);
});

test('an export goes on after an earlier one, and fits to it', async () => {
  await chain();
  const whole = await linesOf(await request('/v1/audit-events/export'));
  const rest = await linesOf(await request(`/v1/audit-events/export?from_sequence=${EVENTS}`));
  expect(rest[0]).toEqual(whole[EVENTS - 1]);
  expect(rest[1]).toMatchObject({
    previous: rest[0].hash,
    event: { action: expect.stringContaining('_audit_events') },
  });
});

test('only an admin exports and verifies', async () => {
  const manager = await addMember(app.dependencies.database, admin, 'manager');
  const presented = await createApiTokenFor(app.dependencies, manager);
  for (const [path, method] of [
    ['/v1/audit-events/export', 'GET'],
    ['/v1/audit-events/verify', 'POST'],
  ] as const) {
    const response = await request(path, { method, ...(method === 'POST' && { body: '{}' }) }, presented);
    expect([response.status, response.headers.get('content-type')]).toEqual([
      403,
      expect.stringContaining('application/problem+json'),
    ]);
  }
});

test('a caller who goes away in the middle leaves the app well', async () => {
  const leaving = new AbortController();
  const response = await request('/v1/audit-events/export', { signal: leaving.signal });
  await response.body?.getReader().read();
  leaving.abort();
  expect((await verification()).ok).toBe(true);
});

test('verification finds a changed event, and by a head that the caller kept an end that was cut off', async () => {
  await chain();
  const { head: keptHead, ok } = await verification();
  expect(ok).toBe(true);
  const organization = [admin.organizationId];
  await superuser.query(
    'UPDATE audit_event SET status = 500 WHERE organization_id = $1 AND sequence = 7',
    organization,
  );
  expect(await verification()).toMatchObject({ ok: false, problems: [{ kind: 'changed', sequence: 7 }] });
  await superuser.query(
    'UPDATE audit_event SET status = 201 WHERE organization_id = $1 AND sequence = 7',
    organization,
  );
  await superuser.query('DELETE FROM audit_event WHERE organization_id = $1', organization);
  await superuser.query('DELETE FROM audit_head WHERE organization_id = $1', organization);
  expect(await verification()).toMatchObject({ ok: true, events: 0 });
  expect(await verification({ kept_heads: [keptHead] })).toMatchObject({
    ok: false,
    problems: [{ kind: 'truncated' }],
  });
});
