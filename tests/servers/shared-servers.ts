import type { Starter } from './server-keeper.ts';

/** The servers that a run of tests can share. Loaded when asked for, so that unit tests start fast. */
export const sharedServers: Record<string, Starter> = {
  postgres: async (folder) => {
    const [{ startSharedPostgres }, { waitForNoDisk }] = await Promise.all([
      import('./postgres-server.ts'),
      import('./no-disk.ts'),
    ]);
    const server = await startSharedPostgres(folder);
    await waitForNoDisk(server.facts.superuser);
    return server;
  },
  temporal: async (folder) => (await import('./temporal-server.ts')).startSharedTemporal(folder),
};
