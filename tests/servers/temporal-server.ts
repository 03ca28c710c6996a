import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { prepareTemporal } from '../../tools/temporal/embedded-temporal.ts';
import { findTemporal } from '../../tools/temporal/find-temporal.ts';
import type { SharedServer } from './server-keeper.ts';

export interface TemporalFacts {
  /** `host:port` of its gRPC interface. */
  address: string;
  /** Its whole state as one SQLite file, for scans. */
  databaseFile: string;
}

/** A real server of its own in an empty folder, as `npm start` runs it. */
export async function startSharedTemporal(folder: string): Promise<SharedServer> {
  await mkdir(folder, { recursive: true });
  const command = await findTemporal({ environment: process.env, say: () => {} });
  const { plan, address, ready } = await prepareTemporal({
    command,
    dataDir: folder,
    namespace: 'default',
    port: 0,
    uiPort: 0,
    appPort: 1,
  });
  const child = spawn(plan.command, plan.args, { env: plan.environment, cwd: plan.workingDirectory, stdio: 'ignore' });
  const exited = once(child, 'exit');
  // A run that breaks off leaves no server behind.
  process.once('exit', () => child.kill('SIGKILL'));
  const stop = async () => {
    child.kill(plan.stopSignal);
    await exited;
  };
  try {
    await ready();
  } catch (error) {
    await stop();
    throw error;
  }
  const facts: TemporalFacts = { address, databaseFile: `${plan.workingDirectory}/temporal.db` };
  return { facts: { ...facts }, stop };
}
