import { once } from 'node:events';
import { startApp } from '../../api/start-app.ts';
import { loadConfig } from '../../core/config.ts';
import { createLogger } from '../../core/log.ts';
import { resolveDemoNames } from './demo-dialer.ts';

/** The app, for which every name resolves. */
const app = await startApp({ config: loadConfig(process.env), log: createLogger('app'), resolve: resolveDemoNames });
await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
await app.stop();
process.exit(0);
