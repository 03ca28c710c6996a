import { once } from 'node:events';
import { ConfigError, loadConfig } from '../core/config.ts';
import { createLogger } from '../core/log.ts';
import { startApp } from './start-app.ts';

const log = createLogger('app');

try {
  const app = await startApp({ config: loadConfig(process.env), log });
  await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
  await app.stop();
  process.exit(0);
} catch (error) {
  // A wrong setting is told in its own words; of anything else the stack helps.
  if (error instanceof ConfigError) log.fatal(error.message);
  else log.fatal({ err: error }, 'the app could not start');
  process.exit(1);
}
