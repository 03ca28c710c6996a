import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { bearerHash, newBearerSecret } from '../../../core/vault/bearer-secret.ts';
import { startTestDatabase, type TestDatabase } from '../../servers/database.ts';
import { describeNeeding } from '../../servers/describe-needing.ts';
import { startTestRedis, type TestRedis } from '../../servers/redis-server.ts';
import { type RelayProcesses, startRelayProcesses } from '../../servers/relay-processes.ts';
import { startUpstream, type TestUpstream } from '../relay-harness.ts';

const PROCESSES = 4;
const RPM = 10;

describeNeeding(['redis-server'], 'four relay processes on one port', () => {
  const organizationId = randomUUID();
  const agentKey = newBearerSecret('agk_');
  let database: TestDatabase;
  let redis: TestRedis;
  let upstream: TestUpstream;
  let relays: RelayProcesses;

  beforeAll(async () => {
    [database, redis, upstream] = await Promise.all([
      startTestDatabase(),
      startTestRedis(),
      startUpstream((_request, response) => response.end('answer')),
    ]);
    await seed();
    relays = await startRelayProcesses(PROCESSES, database, { REDIS_URL: redis.url });
    await relays.upToDate();
  });

  afterAll(async () => {
    await relays.stop();
    await Promise.all([database.stop(), redis.stop(), upstream.stop()]);
  });

  async function seed(): Promise<void> {
    const sql = new pg.Client({ connectionString: database.urls.superuser });
    await sql.connect();
    await sql.query(`INSERT INTO organization (id, name) VALUES ($1, 'Acme')`, [organizationId]);
    await sql.query(
      `INSERT INTO agent_key (id, organization_id, name, hash, fingerprint, created_by) VALUES ($1, $2, 'test', $3, '…', $1)`,
      [randomUUID(), organizationId, bearerHash(agentKey)],
    );
    for (const name of ['together', 'across', 'alone']) {
      await sql.query(
        'INSERT INTO agent (id, organization_id, name, upstream_url, rate_limit_rpm) VALUES ($1, $2, $3, $4, $5)',
        [randomUUID(), organizationId, name, upstream.url, RPM],
      );
    }
    await sql.end();
  }

  /** So many calls at once, each on a connection of its own, which the kernel deals out; how many were let in. */
  async function admittedOf(calls: number, agent: string): Promise<number> {
    const headers = { 'x-agentgateway-key': agentKey, connection: 'close' };
    const statuses = await Promise.all(
      Array.from({ length: calls }, async () => {
        const response = await fetch(`http://127.0.0.1:${relays.port}/${agent}/x`, { headers });
        await response.arrayBuffer();
        return response.status;
      }),
    );
    const admitted = statuses.filter((status) => status === 200).length;
    expect(statuses.filter((status) => status === 429)).toHaveLength(calls - admitted);
    return admitted;
  }

  test('share one limit: of 4 N calls at once exactly N are let in', async () => {
    expect(await admittedOf(PROCESSES * RPM, 'together')).toBe(RPM);
  });

  test('without Redis share it out: at most N, and at most 2 N with what was let in before the loss', async () => {
    expect(await admittedOf(RPM, 'across')).toBe(RPM);
    await redis.kill();
    expect(await admittedOf(PROCESSES * RPM, 'across')).toBeLessThanOrEqual(RPM);
    const alone = await admittedOf(PROCESSES * RPM, 'alone');
    expect(alone).toBeGreaterThan(0);
    expect(alone).toBeLessThanOrEqual(RPM);
  });
});
