import { once } from 'node:events';
import { ConfigError, loadConfig } from '../core/config.ts';
import { createLogger } from '../core/log.ts';
import { createAddressGuard } from '../core/outbound/address-guard.ts';
import { createDialer } from '../core/outbound/dialer.ts';
import { startRelay } from './start-relay.ts';
import { collectStreamBuffersEarly } from './stream-memory.ts';

const log = createLogger('relay');

try {
  collectStreamBuffersEarly();
  const config = loadConfig(process.env);
  const guard = createAddressGuard(config.AGENTGATEWAY_ALLOWED_PRIVATE_UPSTREAMS);
  const relay = await startRelay({ config, log, dialer: createDialer({ guard }) });
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  await relay.stop();
  process.exit(0);
} catch (error) {
  // A wrong setting is told in its own words; of anything else the stack helps.
  if (error instanceof ConfigError) log.fatal(error.message);
  else log.fatal({ err: error }, 'the relay could not start');
  process.exit(1);
}
