import pg from 'pg';
import type { PostgresFacts } from '../../tests/servers/postgres-server.ts';
import { withBenchPostgres } from '../bench-postgres.ts';
import { useAllCores } from '../cores.ts';
import { type CallingAgent, seededId } from './seeded-calls.ts';

/** A migrated Postgres of its own with organizations whose agents make calls. */
export interface LogSetting {
  urls: PostgresFacts;
  sql: pg.Client;
}

export function withLogSetting(work: (setting: LogSetting) => Promise<void>): Promise<void> {
  useAllCores();
  return withBenchPostgres(async ({ urls }) => {
    const sql = new pg.Client({ connectionString: urls.superuser });
    await sql.connect();
    try {
      await work({ urls, sql });
    } finally {
      await sql.end();
    }
  });
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
