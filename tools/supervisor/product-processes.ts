import { join } from 'node:path';
import type { Config } from '../../core/config.ts';
import type { RoleUrls } from '../migrations/roles.ts';
import type { Readiness } from './process-group.ts';
import { nodeProcess, type ProcessPlan } from './process-plan.ts';

/** What the processes of the product are told. */
export interface ProductSettings {
  config: Config;
  /** The environment that the supervisor was given. */
  environment: NodeJS.ProcessEnv;
  databaseUrls: RoleUrls;
  temporalAddress: string;
  temporalUiUrl: string | undefined;
}

export interface ProductProcess {
  plan: ProcessPlan;
  readiness: Readiness;
}

/** Settings that each process gets only if it needs them. The owner's DATABASE_URL is for migrations: nobody gets it. */
const needToKnow = [
  'DATABASE_URL',
  'DATABASE_URL_APP',
  'DATABASE_URL_RELAY',
  'DATABASE_URL_LOG_WRITER',
  'DATABASE_URL_JOBS',
  'AGENTGATEWAY_ADMIN_PASSWORD',
  'AGENTGATEWAY_API_TOKEN',
  'SMTP_URL',
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS_CLIENT_KEY_DATA',
];

/**
 * How Node runs a relay. The space for young objects stays small, since a call leaves nothing behind: larger, it costs 100 MiB
 * and speeds nothing up; and what log rows leave behind is collected before it doubles the heap (docs/relay-speed.md).
 * docker-compose.yml says the same.
 */
export const relayNodeOptions: readonly string[] = ['--max-semi-space-size=8', '--heap-growing-percent=100'];

/**
 * How Node runs the workers: what a mailbox's first sync leaves behind is collected early (docs/email.md).
 * A limit to the heap would end the process, and with it the work of every mailbox. docker-compose.yml says the same.
 */
export const workerNodeOptions: readonly string[] = ['--max-semi-space-size=4', '--heap-growing-percent=20'];

/** A child must tell that it is ready, which is of level info; what LOG_LEVEL rules out is left out afterwards. */
function levelToAskFor(wished: Config['LOG_LEVEL']): string {
  return ['trace', 'debug'].includes(wished) ? wished : 'info';
}

function sharedEnvironment({
  config,
  environment,
  temporalAddress,
  temporalUiUrl,
}: ProductSettings): NodeJS.ProcessEnv {
  return {
    ...Object.fromEntries(Object.entries(environment).filter(([name]) => !needToKnow.includes(name))),
    LOG_LEVEL: levelToAskFor(config.LOG_LEVEL),
    PORT: String(config.PORT),
    RELAY_PORT: String(config.RELAY_PORT),
    AGENTGATEWAY_PUBLIC_URL: config.publicUrl,
    AGENTGATEWAY_RELAY_URL: config.relayUrl,
    AGENTGATEWAY_DATA_DIR: config.AGENTGATEWAY_DATA_DIR,
    TEMPORAL_ADDRESS: temporalAddress,
    ...(temporalUiUrl !== undefined && { AGENTGATEWAY_TEMPORAL_UI_URL: temporalUiUrl }),
  };
}

/** App, workers and relays, each with the database logins and secrets that it needs and no others. */
export function productProcesses(settings: ProductSettings): ProductProcess[] {
  const { config, environment, databaseUrls } = settings;
  const shared = sharedEnvironment(settings);
  const { SMTP_URL, TEMPORAL_API_KEY, TEMPORAL_TLS_CLIENT_KEY_DATA } = environment;
  const root = join(import.meta.dirname, '../..');
  const app = nodeProcess('app', join(root, 'api/main.ts'), {
    ...shared,
    SMTP_URL,
    TEMPORAL_API_KEY,
    TEMPORAL_TLS_CLIENT_KEY_DATA,
    DATABASE_URL_APP: databaseUrls.app,
    AGENTGATEWAY_ADMIN_PASSWORD: environment.AGENTGATEWAY_ADMIN_PASSWORD,
    AGENTGATEWAY_API_TOKEN: environment.AGENTGATEWAY_API_TOKEN,
  });
  const workers = nodeProcess(
    'workers',
    join(root, 'workers/main.ts'),
    {
      ...shared,
      SMTP_URL,
      TEMPORAL_API_KEY,
      TEMPORAL_TLS_CLIENT_KEY_DATA,
      DATABASE_URL_APP: databaseUrls.app,
      DATABASE_URL_JOBS: databaseUrls.jobs,
    },
    workerNodeOptions,
  );
  const relays = Array.from({ length: config.RELAY_PROCESSES }, (_, index) =>
    nodeProcess(
      index === 0 ? 'relay' : `relay-${index + 1}`,
      join(root, 'relay/main.ts'),
      { ...shared, DATABASE_URL_RELAY: databaseUrls.relay, DATABASE_URL_LOG_WRITER: databaseUrls.logWriter },
      relayNodeOptions,
    ),
  );
  return [
    { plan: app, readiness: { url: `http://127.0.0.1:${config.PORT}/readyz` } },
    { plan: workers, readiness: 'ready line' },
    ...relays.map((plan) => ({ plan, readiness: 'ready line' as const })),
  ];
}
