import { loadConfig } from '../../core/config.ts';
import { createLogger } from '../../core/log.ts';
import { runWorkers } from '../../workers/start-workers.ts';
import { createDemoDialer } from './demo-dialer.ts';

/** The workers, with the demo's dialer. */
const dialer = createDemoDialer(Number(process.env.DEMO_UPSTREAM_PORT));
await runWorkers({ config: loadConfig(process.env), log: createLogger('workers'), dialer });
process.exit(0);
