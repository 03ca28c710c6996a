import { ConfigError, loadConfig } from '../core/config.ts';
import { createLogger } from '../core/log.ts';
import { runWorkers } from './start-workers.ts';

const log = createLogger('workers');

try {
  await runWorkers({ config: loadConfig(process.env), log });
  log.info('stopped');
  process.exit(0);
} catch (error) {
  // A wrong setting is told in its own words; of anything else the stack helps.
  if (error instanceof ConfigError) log.fatal(error.message);
  else log.fatal({ err: error }, 'the workers could not go on');
  process.exit(1);
}
