import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { type PostgresFacts, startSharedPostgres } from '../../tests/servers/postgres-server.ts';
import { useAllCores } from '../cores.ts';
import { type CallingAgent, seededId } from './seeded-calls.ts';

/** A migrated Postgres of its own with organizations whose agents make calls. */
export interface LogSetting {
  urls: PostgresFacts;
  sql: pg.Client;
}

export async function withLogSetting(work: (setting: LogSetting) => Promise<void>): Promise<void> {
  useAllCores();
  const folder = await mkdtemp(join(tmpdir(), 'agentgateway-bench-logs-'));
  // Postgres, which does not run as root, must pass through.
  await chmod(folder, 0o711);
  try {
    const { facts, stop } = await startSharedPostgres(join(folder, 'postgres'));
    const urls = facts as unknown as PostgresFacts;
    const sql = new pg.Client({ connectionString: urls.superuser });
    await sql.connect();
    try {
      await work({ urls, sql });
    } finally {
      await sql.end();
      await stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** An organization with agents that have a price, and one agent key each. */
export async function addOrganization(
  { sql }: LogSetting,
  name: string,
  agentCount: number,
): Promise<{ organizationId: string; agents: CallingAgent[] }> {
  const organizationId = seededId(name);
  const agents = Array.from({ length: agentCount }, (_, index) => ({
    id: seededId(`${name} agent ${index}`),
    agentKeyId: seededId(`${name} agent key ${index}`),
  }));
  await sql.query('INSERT INTO organization (id, name) VALUES ($1, $2)', [organizationId, name]);
  await sql.query(
    'INSERT INTO plan (organization_id, requests_per_month, retention_days) VALUES ($1, 1000000000, 30)',
    [organizationId],
  );
  await sql.query(
    `INSERT INTO agent (id, organization_id, name, upstream_url, price)
     SELECT id, $1, 'agent-' || index, 'https://api.example.test', '{"currency": "USD", "per_request": 0.001}'
     FROM unnest($2::uuid[]) WITH ORDINALITY AS agent (id, index)`,
    [organizationId, agents.map(({ id }) => id)],
  );
  return { organizationId, agents };
}
