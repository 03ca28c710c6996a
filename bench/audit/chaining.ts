import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type HeadSigner, openHeadSigner } from '../../core/audit/head.ts';
import { createLogger } from '../../core/log.ts';
import { verifyChain } from '../../core/services/audit-chain.ts';
import { chainAuditEvents } from '../../core/store/chain-audit-events.ts';
import { openDatabase } from '../../core/store/database.ts';
import type { PostgresFacts } from '../../tests/servers/postgres-server.ts';
import { startAuditChainer } from '../../workers/audit-chainer.ts';
import { withBenchPostgres } from '../bench-postgres.ts';
import { atLeast, atMost, report } from '../result.ts';

const ORGANIZATIONS = 20;
const BACKLOG = 60_000;
const LOAD_PER_SECOND = 2_000;
const LOAD_SECONDS = 20;
const STEP_MS = 20;

/** Keeps the benchmark's signing key; the product's is sealed in the database. */
const instanceKeys = (() => {
  let bytes: Promise<Buffer> | undefined;
  return {
    key: async (_purpose: string, make?: () => Promise<Buffer> | Buffer) =>
      (bytes ??= Promise.resolve(make?.() ?? Buffer.alloc(0))),
  };
})();

const INSERT = `
  INSERT INTO audit_event (id, organization_id, actor_kind, actor_id, actor_name, app, grant_id, action, status, outcome,
    target_kind, target_id, target_name, arguments, request_id)
  SELECT gen_random_uuid(), ($1::uuid[])[1 + i % cardinality($1)], 'app', gen_random_uuid(), 'kim@example.test', 'Claude',
    gen_random_uuid(), 'update_agent', 200, 'succeeded', 'agent', gen_random_uuid(), 'stripe-relay',
    '{"agent": "stripe-relay", "rate_limit_rpm": 300, "labels": ["production"]}', gen_random_uuid()
  FROM generate_series(1, $2) AS i`;

/** How fast waiting events are chained, how far the chainer lags behind a steady load, and how fast a chain is verified. */
export function chaining(): Promise<void> {
  return withBenchPostgres(({ urls }) => measureChaining(urls));
}

async function measureChaining(urls: PostgresFacts): Promise<void> {
  const sql = new pg.Pool({ connectionString: urls.superuser });
  // Connections that are still closing when the server ends.
  sql.on('error', () => {});
  const signer = await openHeadSigner(instanceKeys);
  try {
    const organizations = Array.from({ length: ORGANIZATIONS }, () => randomUUID());
    await sql.query("INSERT INTO organization (id, name) SELECT id, 'Bench' FROM unnest($1::uuid[]) AS id", [
      organizations,
    ]);
    const perSecond = await chainBacklog(urls, sql, signer, organizations);
    const load = await lagUnderLoad(urls, sql, organizations);
    const verified = await verifySpeed(urls, signer, organizations[0] ?? '');
    report('audit-chaining', { organizations: ORGANIZATIONS, backlog: BACKLOG, load_per_second: LOAD_PER_SECOND }, [
      atLeast('events chained per second, from a backlog', perSecond, 2_000),
      atLeast('steady load, events per second', load.perSecond, LOAD_PER_SECOND * 0.95),
      atMost('longest wait of an event under it, ms', load.worstMs, 1_000),
      atLeast('events verified per second', verified, 5_000),
    ]);
  } finally {
    await sql.end();
  }
}

async function chainBacklog(
  urls: PostgresFacts,
  sql: pg.Pool,
  signer: HeadSigner,
  organizations: string[],
): Promise<number> {
  await sql.query(INSERT, [organizations, BACKLOG]);
  const pool = new pg.Pool({ connectionString: urls.jobs, max: 1 });
  const start = performance.now();
  let chained = 0;
  while (chained < BACKLOG) chained += (await chainAuditEvents(pool, signer)).chained;
  const seconds = (performance.now() - start) / 1_000;
  await pool.end();
  return chained / seconds;
}

/** @returns how long, at the worst, the oldest event without a place had waited, looked at all the time */
async function lagUnderLoad(urls: PostgresFacts, sql: pg.Pool, organizations: string[]) {
  const chainer = startAuditChainer(urls.jobs, { instanceKeys, log: createLogger('bench') });
  const lags: number[] = [];
  let inserted = 0;
  const end = performance.now() + LOAD_SECONDS * 1_000;
  const look = async () => {
    while (performance.now() < end) {
      const { rows } = await sql.query(
        'SELECT coalesce(extract(epoch FROM clock_timestamp() - min(time)), 0)::float8 * 1000 AS lag FROM audit_event WHERE sequence IS NULL',
      );
      lags.push(rows[0].lag);
      await pause(50);
    }
  };
  const load = async () => {
    const start = performance.now();
    for (let step = 1; performance.now() < end; step++) {
      await sql.query(INSERT, [organizations, (LOAD_PER_SECOND * STEP_MS) / 1_000]);
      inserted += (LOAD_PER_SECOND * STEP_MS) / 1_000;
      await pause(Math.max(0, start + step * STEP_MS - performance.now()));
    }
  };
  await Promise.all([look(), load()]);
  await chainer.stop();
  return { worstMs: Math.max(...lags), perSecond: inserted / LOAD_SECONDS };
}

async function verifySpeed(urls: PostgresFacts, signer: HeadSigner, organizationId: string): Promise<number> {
  const database = openDatabase(urls.app);
  const start = performance.now();
  const { signal } = new AbortController();
  const { events, problem_count } = await verifyChain(database, signer, { organizationId, keptHeads: [], signal });
  const seconds = (performance.now() - start) / 1_000;
  await database.close();
  if (problem_count > 0) throw new Error(`${problem_count} problems in a chain that nobody touched`);
  return events / seconds;
}
