import { v7 as uuid } from 'uuid';
import type { Caller } from '../../core/domain/caller.ts';
import { type Database, openDatabase } from '../../core/store/database.ts';
import { seedCaller } from '../../tests/servers/seed.ts';
import { type BenchPostgres, withBenchPostgres } from '../bench-postgres.ts';

const AGENTS = 1_000;

/**
 * A Postgres with one organization of 1,000 agents, each with a linked credential, and a manager of it. The folder is the
 * app's data folder too.
 */
export interface McpSetting extends BenchPostgres {
  database: Database;
  manager: Caller;
}

export function withMcpSetting(work: (setting: McpSetting) => Promise<void>): Promise<void> {
  return withBenchPostgres(async ({ folder, urls }) => {
    const database = openDatabase(urls.app);
    try {
      const manager = await seedCaller(database, 'manager');
      await seedAgents(database, manager.organizationId);
      await work({ folder, urls, database, manager });
    } finally {
      await database.close();
    }
  });
}

async function seedAgents(database: Database, organizationId: string): Promise<void> {
  const credentialId = uuid();
  const agents = Array.from({ length: AGENTS }, (_, index) => ({
    id: uuid(),
    organizationId,
    name: `agent-${String(index).padStart(4, '0')}`,
    labels: ['bench'],
    upstreamUrl: 'https://api.example.com',
    rateLimitRpm: 300,
  }));
  await database.inOrganization(organizationId, async (transaction) => {
    await transaction.credential.create({
      data: { id: credentialId, organizationId, name: 'bench', createdBy: organizationId },
    });
    await transaction.agent.createMany({ data: agents });
    await transaction.credentialLink.createMany({
      data: agents.map(({ id }) => ({ organizationId, agentId: id, credentialId, injection: { kind: 'bearer' } })),
    });
  });
}
