import { type Config, ConfigError, loadConfig } from '../../core/config.ts';
import { temporalTls } from '../../core/temporal/tls-settings.ts';
import { givenRoleUrls } from '../migrations/given-role-urls.ts';
import { migrate } from '../migrations/migrate.ts';
import { loginRoles, type RoleUrls } from '../migrations/roles.ts';
import { preparePostgres } from '../postgres/embedded-postgres.ts';
import { prepareTemporal } from '../temporal/embedded-temporal.ts';
import { findTemporal } from '../temporal/find-temporal.ts';
import { registerSearchAttributes } from '../temporal/search-attributes.ts';
import { makeDataFolder } from './data-folder.ts';
import { ensureDashboard } from './ensure-dashboard.ts';
import { takePort } from './ports.ts';
import { ProcessGroup } from './process-group.ts';
import { ProcessRecords } from './process-records.ts';
import { type ProductProcess, type ProductSettings, productProcesses } from './product-processes.ts';
import { type RunUrls, removeRunFile, writeRunFile } from './run-file.ts';
import { takeSupervisorLock } from './supervisor-lock.ts';

/** Servers end after the processes that use them. */
const stages = { postgres: 0, temporal: 1, product: 2 };

export interface StackOptions {
  /** The settings, as in `.env.example`. */
  environment: NodeJS.ProcessEnv;
  /** Prints one line for the person at the terminal. */
  print: (line: string) => void;
  /** Ends the start; everything that runs by then is ended too. */
  signal: AbortSignal;
  /** The processes to run beside the servers: the product's, unless told otherwise. */
  processes?: (settings: ProductSettings) => ProductProcess[];
  /** Runs once all are ready; what it returns joins `run.json`. */
  whenReady?: (urls: RunUrls) => Promise<Record<string, string>>;
}

/** Everything runs and is ready. */
export interface Stack {
  urls: RunUrls;
  dataDir: string;
  stop(): Promise<void>;
}

/**
 * What is said of a server elsewhere is refused where `npm start` would run its own beside it, before anything starts.
 * @throws ConfigError that names the setting
 */
function refuseSettingsOfOtherServers(config: Config): void {
  const role = Object.values(loginRoles).find(({ setting }) => config[setting] !== undefined);
  if (config.DATABASE_URL === undefined && role !== undefined) {
    throw new ConfigError(
      `${role.setting} is set, but DATABASE_URL is not: set the owner's URL too, since "npm start" migrates that database, or neither.`,
    );
  }
  const tls = temporalTls(config);
  const { TEMPORAL_ADDRESS: address, TEMPORAL_API_KEY: apiKey } = config;
  if (address === undefined && (tls !== undefined || apiKey !== undefined)) {
    throw new ConfigError(
      `TEMPORAL_${apiKey === undefined ? 'TLS or TEMPORAL_TLS_…' : 'API_KEY'} is set, but TEMPORAL_ADDRESS is not: the Temporal server that "npm start" runs speaks no TLS.`,
    );
  }
}

type EmbeddedPort = 'POSTGRES_PORT' | 'TEMPORAL_PORT' | 'TEMPORAL_UI_PORT';

/** The settings with a real port for each wish, all looked at before anything starts. */
async function withFreePorts(environment: NodeJS.ProcessEnv): Promise<Config> {
  const wished = loadConfig(environment);
  const found: Record<string, string> = {};
  for (const setting of ['PORT', 'RELAY_PORT'] as const) {
    found[setting] = String(await takePort({ port: wished[setting], setting }));
  }
  const embedded: EmbeddedPort[] = wished.DATABASE_URL === undefined ? ['POSTGRES_PORT'] : [];
  if (wished.TEMPORAL_ADDRESS === undefined) embedded.push('TEMPORAL_PORT', 'TEMPORAL_UI_PORT');
  for (const setting of embedded) {
    found[setting] = String(await takePort({ port: wished[setting], setting }, '127.0.0.1'));
  }
  return loadConfig({ ...environment, ...found });
}

async function startDatabase(config: Config, group: ProcessGroup): Promise<RoleUrls> {
  const dataDir = config.AGENTGATEWAY_DATA_DIR;
  let databaseUrl = config.DATABASE_URL;
  if (databaseUrl === undefined) {
    const postgres = await preparePostgres({ dataDir, port: config.POSTGRES_PORT, signal: group.signal });
    if (postgres.note) group.say(postgres.note);
    const owner = Promise.withResolvers<string>();
    await group.start(postgres.plan, stages.postgres, () => postgres.ready().then(owner.resolve));
    databaseUrl = await owner.promise;
  }
  const { urls, applied } = await migrate({ databaseUrl, dataDir, given: givenRoleUrls(config) });
  group.say(applied.length === 0 ? 'database ready' : `database ready, applied ${applied.join(', ')}`);
  return urls;
}

type TemporalServer = Pick<ProductSettings, 'temporalAddress' | 'temporalUiUrl'>;

async function startTemporal(config: Config, group: ProcessGroup, options: StackOptions): Promise<TemporalServer> {
  if (config.TEMPORAL_ADDRESS !== undefined) {
    await registerSearchAttributes(config.TEMPORAL_ADDRESS, config);
    group.say(`Temporal: the cluster at ${config.TEMPORAL_ADDRESS}`);
    return { temporalAddress: config.TEMPORAL_ADDRESS, temporalUiUrl: config.AGENTGATEWAY_TEMPORAL_UI_URL };
  }
  const { environment } = options;
  const temporal = await prepareTemporal({
    command: await findTemporal({ environment, say: (line) => group.say(line), signal: group.signal }),
    dataDir: config.AGENTGATEWAY_DATA_DIR,
    namespace: config.TEMPORAL_NAMESPACE,
    port: config.TEMPORAL_PORT,
    uiPort: config.TEMPORAL_UI_PORT,
    appPort: config.PORT,
  });
  await Promise.all([
    group.start(temporal.plan, stages.temporal, temporal.ready),
    group.start(temporal.uiFront, stages.temporal, 'ready line'),
  ]);
  return { temporalAddress: temporal.address, temporalUiUrl: temporal.uiUrl };
}

async function startEverything(config: Config, group: ProcessGroup, options: StackOptions): Promise<RunUrls> {
  const [databaseUrls, temporal] = await Promise.all([
    startDatabase(config, group),
    startTemporal(config, group, options),
    ensureDashboard({ say: (line) => group.say(line), signal: group.signal }),
  ]);
  const { environment, processes = productProcesses } = options;
  const product = processes({ config, environment, databaseUrls, ...temporal });
  const started = product.map(({ plan, readiness }) => group.start(plan, stages.product, readiness));
  await Promise.all(started);
  return {
    app_url: config.publicUrl,
    mcp_url: config.mcpUrl,
    relay_url: config.relayUrl,
    ...(temporal.temporalUiUrl !== undefined && { temporal_ui_url: temporal.temporalUiUrl }),
  };
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const fail = () => reject(signal.reason);
    if (signal.aborted) fail();
    else signal.addEventListener('abort', fail, { once: true });
  });
}

/**
 * Starts Postgres, Temporal and the processes of the product, and writes `run.json` when all are ready.
 * @throws AlreadyRunningError, ConfigError, or Error with what to do next; nothing runs then
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const wished = loadConfig(options.environment);
  refuseSettingsOfOtherServers(wished);
  const { AGENTGATEWAY_DATA_DIR: dataDir, LOG_LEVEL: leastLevel } = wished;
  await makeDataFolder(dataDir);
  const releaseLock = await takeSupervisorLock(dataDir);
  const urls: Partial<RunUrls> = {};
  const publish = async () => {
    if (urls.app_url !== undefined) await writeRunFile(dataDir, urls as RunUrls);
  };
  const onSetupUrl = (url: string) => {
    urls.setup_url = url;
    publish().catch(() => {});
  };
  const records = new ProcessRecords(dataDir);
  const group = await ProcessGroup.create({
    dataDir,
    records,
    onSetupUrl,
    leastLevel,
    print: options.print,
  });
  const stop = async () => {
    await group.stop();
    await removeRunFile(dataDir);
    await releaseLock();
  };
  try {
    await removeRunFile(dataDir);
    const leftovers = await records.endLeftovers();
    if (leftovers.length > 0) group.say(`ended what an earlier start left running: ${leftovers.join(', ')}`);
    const config = await withFreePorts(options.environment);
    Object.assign(urls, await Promise.race([startEverything(config, group, options), whenAborted(options.signal)]));
    Object.assign(urls, await options.whenReady?.(urls as RunUrls));
    await publish();
    return { urls: urls as RunUrls, dataDir, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
