import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../core/config.ts';
import { freePort } from '../../tests/servers/free-port.ts';
import { relayNodeOptions } from '../../tools/supervisor/product-processes.ts';
import type { BenchPostgres } from '../bench-postgres.ts';
import { MEASURED_CORE } from '../cores.ts';
import { CALLER_HEADERS, type Peer, type RunningPeer } from '../peers/peer.ts';
import { ServerProcess } from '../server-process.ts';
import { BenchDatabase } from './bench-database.ts';
import type { BenchSetting } from './bench-setting.ts';

const PROGRAM = fileURLToPath(new URL('../../relay/main.ts', import.meta.url));

/** The product's relay with key, limits, plan, breaker, injection, log and count, beside a Postgres of its own. */
export class OurRelay implements Peer {
  readonly name: string;
  readonly #setting: BenchSetting;
  readonly #nodeOptions: readonly string[];

  constructor(setting: BenchSetting, name = 'AgentGateway', nodeOptions: readonly string[] = []) {
    this.name = name;
    this.#setting = setting;
    this.#nodeOptions = nodeOptions;
  }

  /** Its data folder is the setting's: the master key that sealed the credential stands there. */
  async start(): Promise<RunningPeer> {
    const { database, folder } = this.#setting;
    const port = await freePort();
    const process_ = await ServerProcess.start({
      core: MEASURED_CORE,
      port,
      command: [process.execPath, ...relayNodeOptions, ...this.#nodeOptions, PROGRAM],
      environment: { PATH: process.env.PATH, ...relayEnvironment(database, folder), RELAY_PORT: String(port) },
    });
    await untilReady(port);
    return {
      process: process_,
      call: {
        url: `http://127.0.0.1:${port}/bench/v1/things`,
        headers: { ...CALLER_HEADERS, Authorization: `Bearer ${database.agentKey}` },
      },
    };
  }
}

/** A seeded database for relays whose data folder is `folder`. */
export async function openBenchDatabase({ folder, urls }: BenchPostgres, upstreamPort: number): Promise<BenchDatabase> {
  const database = await BenchDatabase.open(urls);
  await database.seed(loadConfig(relayEnvironment(database, folder)), `http://127.0.0.1:${upstreamPort}`);
  return database;
}

function relayEnvironment({ urls }: BenchDatabase, folder: string): NodeJS.ProcessEnv {
  return {
    AGENTGATEWAY_DATA_DIR: folder,
    AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS: '127.0.0.0/8',
    DATABASE_URL_RELAY: urls.relay,
    DATABASE_URL_LOG_WRITER: urls.logWriter,
    LOG_LEVEL: 'warn',
  };
}

async function untilReady(port: number): Promise<void> {
  while ((await fetch(`http://127.0.0.1:${port}/-/readyz`)).status !== 200) await wait(20);
}
