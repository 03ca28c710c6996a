import type { Starter } from './server-keeper.ts';

/** The servers that a run of tests can share. Loaded when asked for, so that unit tests start fast. */
export const sharedServers: Record<string, Starter> = {
  postgres: async (folder) => (await import('./postgres-server.ts')).startSharedPostgres(folder),
  temporal: async (folder) => (await import('./temporal-server.ts')).startSharedTemporal(folder),
};
