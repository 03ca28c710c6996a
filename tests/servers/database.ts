import { randomUUID } from 'node:crypto';
import { Client } from 'pg';
import type { PostgresFacts } from './postgres-server.ts';
import { askForServer } from './server-keeper.ts';

export interface TestDatabase {
  /** One login a role; `superuser` stands above row-level security: for seeding and for scans. */
  urls: PostgresFacts;
  name: string;
  stop(): Promise<void>;
}

/** A migrated database of one's own, in about 100 ms: a copy of one that is migrated once a run. */
export async function startTestDatabase(): Promise<TestDatabase> {
  const facts = await askForServer<PostgresFacts>('postgres');
  const template = new URL(facts.owner).pathname.slice(1);
  const name = `test_${randomUUID().replaceAll('-', '')}`;
  await asSuperuser(facts, `CREATE DATABASE ${name} TEMPLATE ${template} OWNER agentgateway_owner`);
  return {
    urls: mapUrls(facts, (url) => Object.assign(new URL(url), { pathname: name }).href),
    name,
    stop: () => asSuperuser(facts, `DROP DATABASE ${name} WITH (FORCE)`),
  };
}

function mapUrls(facts: PostgresFacts, change: (url: string) => string): PostgresFacts {
  return Object.fromEntries(
    Object.entries(facts).map(([role, url]) => [role, change(url)]),
  ) as unknown as PostgresFacts;
}

async function asSuperuser({ superuser }: PostgresFacts, statement: string): Promise<void> {
  // A connection to the template itself would stop others from copying it.
  const maintenance = Object.assign(new URL(superuser), { pathname: 'postgres' });
  const client = new Client({ connectionString: maintenance.href });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
