import { ConfigError, loadConfig } from '../core/config.ts';
import { createLogger } from '../core/log.ts';
import { createAddressGuard } from '../core/outbound/address-guard.ts';
import { createDialer } from '../core/outbound/dialer.ts';
import { runWorkers } from './start-workers.ts';

const log = createLogger('workers');

try {
  const config = loadConfig(process.env);
  const guard = createAddressGuard(config.AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS);
  await runWorkers({ config, log, dialer: createDialer({ guard }) });
  log.info('stopped');
  process.exit(0);
} catch (error) {
  // A wrong setting is told in its own words; of anything else the stack helps.
  if (error instanceof ConfigError) log.fatal(error.message);
  else log.fatal({ err: error }, 'the workers could not go on');
  process.exit(1);
}
