import { type Config, required } from './config.ts';
import type { Dependencies } from './dependencies.ts';
import type { Logger } from './log.ts';
import { createAddressGuard } from './outbound/address-guard.ts';
import { checkUpstream } from './outbound/check-upstream.ts';
import { createDialer, type Dialer, type Resolve } from './outbound/dialer.ts';
import { LOOKUP_DEADLINE_MS } from './outbound/name-lookup.ts';
import { createOutboundAgent } from './outbound/outbound-agent.ts';
import { createInstanceKeys } from './services/instance-keys.ts';
import { createMailAccess } from './services/mail-access.ts';
import { createUpstreamTrials } from './services/upstream-trials.ts';
import { openDatabase } from './store/database.ts';
import { createFairGate } from './store/fair-gate.ts';
import { openOperationFeed } from './store/operation-feed.ts';
import { openTemporal } from './temporal/connection.ts';
import { createDataConverter, payloadKeys } from './temporal/data-converter.ts';
import { createTemporalClient, createWorkflows } from './temporal/workflow-client.ts';
import { openVault } from './vault/open-vault.ts';

/** Look-ups of names that one organization makes at once. */
const LOOKUPS_AT_ONCE = 4;

export interface ControlPlane {
  dependencies: Dependencies;
  close(): Promise<void>;
}

/**
 * Opens what the app and the workers work with. Nothing of it needs Postgres or Temporal to be there yet.
 * @param outbound how names are resolved when an upstream is checked, and what dials; the demo brings its own
 * @throws ConfigError that names a missing setting
 */
export async function openControlPlane(
  config: Config,
  log: Logger,
  { resolve, dialer }: { resolve?: Resolve | undefined; dialer?: Dialer | undefined } = {},
): Promise<ControlPlane> {
  const databaseUrl = required(config.DATABASE_URL_APP, 'DATABASE_URL_APP');
  const vault = await openVault(config, databaseUrl);
  const database = openDatabase(databaseUrl);
  const instanceKeys = createInstanceKeys(database, vault);
  const connection = openTemporal(config);
  const client = createTemporalClient({
    connection,
    namespace: config.TEMPORAL_NAMESPACE,
    dataConverter: createDataConverter(payloadKeys(instanceKeys)),
  });
  const operationFeed = openOperationFeed(databaseUrl, log);
  const guard = createAddressGuard(config.AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS);
  const outbound = dialer ?? createDialer({ guard });
  const tokenAgent = createOutboundAgent(outbound);
  const lookups = createFairGate({ atOnce: LOOKUPS_AT_ONCE, longestWaitMs: LOOKUP_DEADLINE_MS });
  return {
    dependencies: {
      config,
      log,
      database,
      vault,
      instanceKeys,
      workflows: createWorkflows(client),
      operationFeed,
      checkUpstream: (url, organizationId) => lookups.through(organizationId, () => checkUpstream(url, guard, resolve)),
      tryUpstream: createUpstreamTrials(outbound),
      mail: createMailAccess({ config, log, database, vault, dialer: outbound, tokenAgent }),
    },
    async close() {
      await tokenAgent.destroy();
      await operationFeed.close();
      await connection.close();
      await vault.close();
      await database.close();
    },
  };
}
