import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import { migrate } from '../../../tools/migrations/migrate.ts';
import { type RunningPostgres, startPostgres } from '../../../tools/postgres/embedded-postgres.ts';

let dataDir: string;
let postgres: RunningPostgres;

async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-migrate-'));
  postgres = await startPostgres({ dataDir, port: 0 });
});

afterAll(async () => {
  await postgres.stop();
  await rm(dataDir, { recursive: true });
});

describe('migrate', () => {
  test('gives each process a login of its own, and a second run changes nothing', async () => {
    const first = await migrate({ databaseUrl: postgres.url, dataDir });
    const second = await migrate({ databaseUrl: postgres.url, dataDir });
    expect(first.applied).toContain('0001_first');
    expect(second).toEqual({ urls: first.urls, applied: [] });
    for (const url of Object.values(second.urls)) {
      expect(await query(url, 'SELECT current_user AS name')).toEqual([{ name: new URL(url).username }]);
    }
  });

  test('two at once apply each migration once', async () => {
    const runs = await Promise.all([1, 2, 3].map(() => migrate({ databaseUrl: postgres.url, dataDir })));
    expect(runs.flatMap(({ applied }) => applied)).toEqual([]);
  });

  test('nobody is a superuser or above row-level security, the owner included', async () => {
    const above = await query(
      postgres.url,
      "SELECT rolname FROM pg_roles WHERE rolname LIKE 'agentgateway%' AND (rolsuper OR rolbypassrls)",
    );
    expect(above).toEqual([]);
  });

  test('the owner does not inherit what the look-up role sees', async () => {
    await expect(
      query(postgres.url, "SELECT pg_has_role('agentgateway_lookup', 'USAGE') AS inherits"),
    ).resolves.toEqual([{ inherits: false }]);
  });

  test('does not take over the roles of another installation', async () => {
    const elsewhere = await mkdtemp(join(tmpdir(), 'agentgateway-elsewhere-'));
    await expect(migrate({ databaseUrl: postgres.url, dataDir: elsewhere })).rejects.toThrow(/Set DATABASE_URL_APP/);
    await rm(elsewhere, { recursive: true });
  });

  test.each([
    ['before its end', 0, 'rolled_back_at'],
    ['after its commit', 1, 'finished_at'],
  ])('settles a migration that was killed %s', async (_, steps, settled) => {
    await query(
      postgres.url,
      `INSERT INTO _prisma_migrations (id, checksum, migration_name, applied_steps_count)
       VALUES ('killed-${steps}', '', 'killed', ${steps})`,
    );
    await migrate({ databaseUrl: postgres.url, dataDir }).catch(() => undefined);
    const [row] = await query(postgres.url, `SELECT * FROM _prisma_migrations WHERE id = 'killed-${steps}'`);
    expect(row?.[settled]).toBeInstanceOf(Date);
    await query(postgres.url, `DELETE FROM _prisma_migrations WHERE id = 'killed-${steps}'`);
  });
});
