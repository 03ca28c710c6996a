import { spawn } from 'node:child_process';
import { prepareTemporal } from '../../tools/temporal/embedded-temporal.ts';
import { findTemporal } from '../../tools/temporal/find-temporal.ts';
import { endProcess, endWithUs } from './child-process.ts';

/** A Temporal of one's own, with its store in the folder, which a test ends hard and starts again. */
export async function startOwnTemporal(dataDir: string) {
  const command = await findTemporal({ environment: process.env, say: () => {} });
  const made = await prepareTemporal({ command, dataDir, namespace: 'default', port: 0, uiPort: 0, appPort: 1 });
  const { plan, address, ready } = made;
  const start = async () => {
    const child = endWithUs(
      spawn(plan.command, plan.args, {
        env: plan.environment,
        cwd: plan.workingDirectory,
        stdio: 'ignore',
      }),
    );
    await ready();
    return child;
  };
  let child = await start();
  return {
    address,
    async restart() {
      await endProcess(child, 'SIGKILL');
      child = await start();
    },
    stop: () => endProcess(child, 'SIGKILL'),
  };
}
