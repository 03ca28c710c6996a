import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../../core/domain/caller.ts';
import { type Database, openDatabase } from '../../core/store/database.ts';
import { type PostgresFacts, startSharedPostgres } from '../../tests/servers/postgres-server.ts';
import { seedCaller } from '../../tests/servers/seed.ts';

const AGENTS = 1_000;

/** A Postgres with one organization of 1,000 agents, each with a linked credential, and a manager of it. */
export interface McpSetting {
  /** The app's data folder. */
  folder: string;
  urls: PostgresFacts;
  database: Database;
  manager: Caller;
}

export async function withMcpSetting(work: (setting: McpSetting) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'agentgateway-bench-'));
  // Postgres, which does not run as root, must pass through.
  await chmod(folder, 0o711);
  const { facts, stop } = await startSharedPostgres(`${folder}/postgres`);
  const urls = facts as unknown as PostgresFacts;
  const database = openDatabase(urls.app);
  try {
    const manager = await seedCaller(database, 'manager');
    await seedAgents(database, manager.organizationId);
    await work({ folder, urls, database, manager });
  } finally {
    await database.close();
    await stop();
    await rm(folder, { recursive: true, force: true });
  }
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
