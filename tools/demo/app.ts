import { once } from 'node:events';
import { startApp } from '../../api/start-app.ts';
import { loadConfig } from '../../core/config.ts';
import { createLogger } from '../../core/log.ts';
import { createDemoDialer, demoPorts, resolveDemoNames } from './demo-dialer.ts';

/** The app, for which every name resolves, with the demo's dialer. */
const app = await startApp({
  config: loadConfig(process.env),
  log: createLogger('app'),
  resolve: resolveDemoNames,
  dialer: createDemoDialer(demoPorts(process.env)),
});
await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
await app.stop();
process.exit(0);
