import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Connection } from '@temporalio/client';
import { makePrivateFolder } from '../supervisor/data-folder.ts';
import { takePort } from '../supervisor/ports.ts';
import { nodeProcess, type ProcessPlan } from '../supervisor/process-plan.ts';
import { searchAttributes } from './search-attributes.ts';

/** A Temporal server that is still to be started. */
export interface PreparedTemporal {
  plan: ProcessPlan;
  /** What people open: it leads to the server's Web UI and to the app's codec. */
  uiFront: ProcessPlan;
  /** `host:port` of its gRPC interface. */
  address: string;
  uiUrl: string;
  /** Waits until the started server answers for the namespace. */
  ready(): Promise<void>;
}

interface TemporalOptions {
  /** The program, from `findTemporal`. */
  command: string;
  dataDir: string;
  namespace: string;
  port: number;
  uiPort: number;
  /** Where the app listens: its codec endpoint decodes payloads for instance owners in the Web UI. */
  appPort: number;
}

async function waitForNamespace(address: string, namespace: string, patienceSeconds = 60): Promise<void> {
  const deadline = performance.now() + patienceSeconds * 1_000;
  const connection = Connection.lazy({ address });
  try {
    for (;;) {
      try {
        await connection.withDeadline(Date.now() + 2_000, () =>
          connection.workflowService.describeNamespace({ namespace }),
        );
        return;
      } catch (error) {
        if (performance.now() > deadline) {
          throw new Error(`Temporal at ${address} did not answer within ${patienceSeconds} s: ${error}`);
        }
        await pause(100);
      }
    }
  } finally {
    await connection.close();
  }
}

/** Decides the ports and tells how the server is started; its state is one file in the data folder. Port 0: any free one. */
export async function prepareTemporal(options: TemporalOptions): Promise<PreparedTemporal> {
  const { command, dataDir, namespace, appPort } = options;
  const folder = join(dataDir, 'temporal');
  await makePrivateFolder(folder);
  const port = await takePort({ port: options.port, setting: 'TEMPORAL_PORT' }, '127.0.0.1');
  const frontPort = await takePort({ port: options.uiPort, setting: 'TEMPORAL_UI_PORT' }, '127.0.0.1');
  const uiPort = await takePort({ port: 0, setting: 'TEMPORAL_UI_PORT' }, '127.0.0.1');
  // The same site as the app's default address, so that the browser sends the session cookie.
  const uiUrl = `http://localhost:${frontPort}`;
  const flags = {
    ip: '127.0.0.1',
    port,
    'ui-port': uiPort,
    'db-filename': join(folder, 'temporal.db'),
    namespace,
    'ui-codec-endpoint': `${uiUrl}/codec`,
    'log-format': 'json',
    'log-level': 'warn',
  };
  const args = [
    ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
    ...searchAttributes.map((name) => `--search-attribute=${name}=Keyword`),
  ];
  const address = `127.0.0.1:${port}`;
  return {
    plan: {
      name: 'temporal',
      command,
      args: ['server', 'start-dev', ...args],
      environment: { PATH: process.env.PATH, HOME: folder },
      workingDirectory: folder,
      stopSignal: 'SIGTERM',
      quiet: true,
    },
    address,
    uiFront: nodeProcess('temporal-ui', join(import.meta.dirname, 'ui-front.ts'), {
      UI_FRONT_PORT: String(frontPort),
      UI_FRONT_TARGET: `http://127.0.0.1:${uiPort}`,
      UI_FRONT_APP: `http://127.0.0.1:${appPort}`,
    }),
    uiUrl,
    ready: () => waitForNamespace(address, namespace),
  };
}
