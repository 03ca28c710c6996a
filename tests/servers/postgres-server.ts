import { migrate } from '../../tools/migrations/migrate.ts';
import type { RoleUrls } from '../../tools/migrations/roles.ts';
import { readDatabasePasswords } from '../../tools/postgres/database-passwords.ts';
import { startPostgres } from '../../tools/postgres/embedded-postgres.ts';
import { superuser } from '../../tools/postgres/init-cluster.ts';
import type { SharedServer } from './server-keeper.ts';

/** Where the shared server is reached: the URLs name the migrated database that each test's own is copied from. */
export type PostgresFacts = RoleUrls & { owner: string; superuser: string };

export async function startSharedPostgres(folder: string): Promise<SharedServer<PostgresFacts>> {
  const server = await startPostgres({ dataDir: folder, port: 0 });
  try {
    const { urls } = await migrate({ databaseUrl: server.url, dataDir: folder });
    const password = (await readDatabasePasswords(folder))[superuser] ?? '';
    const superuserUrl = new URL(server.url);
    superuserUrl.username = superuser;
    superuserUrl.password = password;
    const facts: PostgresFacts = { ...urls, owner: server.url, superuser: superuserUrl.href };
    return { facts, stop: () => server.stop() };
  } catch (error) {
    await server.stop();
    throw error;
  }
}
