import { randomUUID } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { bearerHash, newBearerSecret } from '../../../core/vault/bearer-secret.ts';
import { startTestDatabase, type TestDatabase } from '../../servers/database.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { startTestRedis, type TestRedis } from '../../servers/redis-server.ts';
import { type RelayProcesses, startRelayProcesses } from '../../servers/relay-processes.ts';
import { startUpstream, type TestUpstream } from '../relay-harness.ts';

const PROCESSES = 2;

describeNeeding(['redis-server'], 'two relay processes on one port', () => {
  const organizationId = randomUUID();
  const agentKey = newBearerSecret('agk_');
  let database: TestDatabase;
  let sql: pg.Client;
  let redis: TestRedis;
  let upstream: TestUpstream;
  let relays: RelayProcesses;
  let reached = 0;
  let answer = (response: ServerResponse): void => void response.writeHead(500).end();

  beforeAll(async () => {
    [database, redis, upstream] = await Promise.all([
      startTestDatabase(),
      startTestRedis(),
      startUpstream((_request, response) => {
        reached += 1;
        answer(response);
      }),
    ]);
    sql = new pg.Client({ connectionString: database.urls.superuser });
    await sql.connect();
    await sql.query(`INSERT INTO organization (id, name) VALUES ($1, 'Acme')`, [organizationId]);
    await sql.query(
      `INSERT INTO agent_key (id, organization_id, name, hash, fingerprint, created_by) VALUES ($1, $2, 'test', $3, '…', $1)`,
      [randomUUID(), organizationId, bearerHash(agentKey)],
    );
    // Long enough that both answer from the open breaker before the first probe, on a slow machine too.
    await addAgent('quick', 5);
    await addAgent('patient', 600, 20);
    await startRelays();
  });

  afterAll(async () => {
    await relays.stop();
    await sql.end();
    await Promise.all([database.stop(), redis.stop(), upstream.stop()]);
  });

  async function startRelays(): Promise<void> {
    relays = await startRelayProcesses(PROCESSES, database, { REDIS_URL: redis.url });
    await relays.upToDate();
  }

  async function addAgent(name: string, cool_down_seconds: number, rpm: number | null = null): Promise<void> {
    await sql.query(
      `INSERT INTO agent (id, organization_id, name, upstream_url, circuit_breaker, rate_limit_rpm)
       VALUES ($1, $2, $3, $4, $5, $6)`,
      [randomUUID(), organizationId, name, upstream.url, { minimum_calls: 10, cool_down_seconds }, rpm],
    );
  }

  /** On a connection of its own, which the kernel deals out. */
  async function call(agent: string): Promise<string> {
    const headers = { 'x-agentgateway-key': agentKey, connection: 'close' };
    const response = await fetch(`http://127.0.0.1:${relays.port}/${agent}/x`, { headers });
    await response.arrayBuffer();
    return response.headers.get('x-agentgateway-error') ?? String(response.status);
  }

  const callTimes = (count: number, agent: string) => Promise.all(Array.from({ length: count }, () => call(agent)));

  async function told(agent: string): Promise<string[]> {
    const { rows } = await sql.query(
      `SELECT e.why FROM circuit_breaker_event e JOIN agent a ON a.id = e.agent_id WHERE a.name = $1 ORDER BY e.time, e.id`,
      [agent],
    );
    return rows.map(({ why }) => why);
  }

  async function untilTold(agent: string, count: number): Promise<string[]> {
    for (;;) {
      const whys = await told(agent);
      if (whys.length >= count) return whys;
      await pause(20);
    }
  }

  async function openBreaker(agent: string): Promise<void> {
    answer = (response) => void response.writeHead(500).end();
    await callTimes(12, agent);
    expect(await untilTold(agent, 1)).toEqual(['too_many_failures']);
    await untilBothAnswer('circuit_open', agent);
  }

  /** What one process entered the other knows a quarter of a second later; of 20 connections each process gets some. */
  async function untilBothAnswer(outcome: string, agent: string): Promise<void> {
    while ((await callTimes(20, agent)).some((each) => each !== outcome));
  }

  async function untilProbeIsDue(agent: string): Promise<void> {
    const { rows } = await sql.query(
      `SELECT greatest(0, extract(epoch FROM b.next_probe_at - clock_timestamp()) * 1000)::int AS ms
       FROM circuit_breaker b JOIN agent a ON a.id = b.agent_id WHERE a.name = $1`,
      [agent],
    );
    await pause(rows[0].ms + 1);
  }

  test('open together, let one of 60 callers try the upstream, close together, and tell each change once', async () => {
    await openBreaker('quick');
    await untilProbeIsDue('quick');
    reached = 0;
    const held: ServerResponse[] = [];
    answer = (response) => void held.push(response);
    let refused = 0;
    const calls = Array.from({ length: 60 }, async () => {
      const outcome = await call('quick');
      refused += Number(outcome === 'circuit_open');
      return outcome;
    });
    while (refused < 59 || held.length === 0) await pause(10);
    expect(reached).toBe(1);
    answer = (response) => void response.end('well');
    held[0]?.end('well');
    await Promise.all(calls);
    expect(await untilTold('quick', 3)).toEqual(['too_many_failures', 'cool_down_over', 'probe_succeeded']);
    await untilBothAnswer('200', 'quick');
  });

  test('after a restart, Redis empty too, a failing upstream is still spared, and calls refused by that take no place in the limit', async () => {
    await openBreaker('patient');
    await relays.stop();
    await redis.kill();
    await redis.start();
    await startRelays();
    reached = 0;
    expect(new Set(await callTimes(20, 'patient'))).toEqual(new Set(['circuit_open']));
    expect(reached).toBe(0);
    expect(await told('patient')).toEqual(['too_many_failures']);
    // A person's word reaches both within a second.
    await sql.query(`UPDATE agent SET breaker_reset_at = now() WHERE name = 'patient'`);
    await relays.upToDate();
    answer = (response) => void response.end('well');
    expect(new Set(await callTimes(20, 'patient'))).toEqual(new Set(['200']));
  });
});
