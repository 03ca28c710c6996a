import { startServerKeeper } from './server-keeper.ts';
import { sharedServers } from './shared-servers.ts';

export default async function globalSetup(): Promise<void> {
  Object.assign(globalThis, { serverKeeper: await startServerKeeper(sharedServers) });
}
