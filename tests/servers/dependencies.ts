import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { type Config, loadConfig } from '../../core/config.ts';
import type { Dependencies } from '../../core/dependencies.ts';
import { createAddressGuard } from '../../core/outbound/address-guard.ts';
import { createDialer } from '../../core/outbound/dialer.ts';
import { createOutboundAgent } from '../../core/outbound/outbound-agent.ts';
import { createInstanceKeys } from '../../core/services/instance-keys.ts';
import { createMailAccess } from '../../core/services/mail-access.ts';
import { createUpstreamTrials } from '../../core/services/upstream-trials.ts';
import { openDatabase } from '../../core/store/database.ts';
import { openOperationFeed } from '../../core/store/operation-feed.ts';
import { openVault } from '../../core/vault/open-vault.ts';
import { startTestDatabase, type TestDatabase } from './database.ts';
import { type RecordedWorkflows, recordWorkflows } from './recorded-workflows.ts';

export interface TestDependencies {
  dependencies: Dependencies;
  testDatabase: TestDatabase;
  /** What services started and told, where the workflows are not given. */
  workflows: RecordedWorkflows;
  stop(): Promise<void>;
}

interface Wishes extends Partial<Omit<Dependencies, 'config'>> {
  /** Settings that differ from their defaults. */
  environment?: NodeJS.ProcessEnv;
}

function testConfig(testDatabase: TestDatabase, dataDir: string, environment: NodeJS.ProcessEnv = {}): Config {
  return loadConfig({
    AGENTGATEWAY_DATA_DIR: dataDir,
    DATABASE_URL_APP: testDatabase.urls.app,
    DATABASE_URL_RELAY: testDatabase.urls.relay,
    DATABASE_URL_LOG_WRITER: testDatabase.urls.logWriter,
    DATABASE_URL_JOBS: testDatabase.urls.jobs,
    ...environment,
  });
}

/** Real dependencies on a database of one's own; only the workflows are recorded instead of run, unless given. */
export async function testDependencies({ environment, ...given }: Wishes = {}): Promise<TestDependencies> {
  const testDatabase = await startTestDatabase();
  const dataDir = await mkdtemp(join(tmpdir(), 'agentgateway-data-'));
  const config = testConfig(testDatabase, dataDir, environment);
  const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
  const database = openDatabase(testDatabase.urls.app);
  const vault = await openVault(config, testDatabase.urls.app);
  const workflows = recordWorkflows();
  const operationFeed = openOperationFeed(testDatabase.urls.app, log);
  const guard = createAddressGuard(config.AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS);
  const dialer = createDialer({ guard });
  const tokenAgent = createOutboundAgent(dialer);
  return {
    dependencies: {
      config,
      log,
      database,
      vault,
      instanceKeys: createInstanceKeys(database, vault),
      workflows,
      operationFeed,
      checkUpstream: async () => ({ status: 'ok' }),
      tryUpstream: createUpstreamTrials(dialer),
      mail: createMailAccess({ config, log, database, vault, dialer, tokenAgent }),
      ...given,
    },
    testDatabase,
    workflows,
    async stop() {
      await tokenAgent.destroy();
      await operationFeed.close();
      await vault.close();
      await database.close();
      await testDatabase.stop();
      await rm(dataDir, { recursive: true });
    },
  };
}
