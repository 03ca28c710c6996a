import { ConfigError, loadConfig, required } from '../core/config.ts';
import { givenRoleUrls } from './migrations/given-role-urls.ts';
import { migrate } from './migrations/migrate.ts';
import { registerSearchAttributes } from './temporal/search-attributes.ts';

/** `node tools/migrate.ts`: roles, migrations and, for a Temporal cluster, search attributes. Run it before each release. */
async function main(): Promise<void> {
  const config = loadConfig(process.env);
  const databaseUrl = required(config.DATABASE_URL, 'DATABASE_URL');
  const { applied } = await migrate({
    databaseUrl,
    dataDir: config.AGENTGATEWAY_DATA_DIR,
    given: givenRoleUrls(config),
  });
  console.log(applied.length === 0 ? 'The database is up to date.' : `Applied: ${applied.join(', ')}`);
  if (config.TEMPORAL_ADDRESS === undefined) return;
  const added = await registerSearchAttributes(config.TEMPORAL_ADDRESS, config);
  console.log(added.length === 0 ? 'Temporal has the search attributes.' : `Registered: ${added.join(', ')}`);
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = error instanceof ConfigError ? 2 : 1;
}
