import { loadConfig } from '../../core/config.ts';
import { createLogger } from '../../core/log.ts';
import { runWorkers } from '../../workers/start-workers.ts';
import { createDemoDialer, demoPorts } from './demo-dialer.ts';

/** The workers, with the demo's dialer. */
const dialer = createDemoDialer(demoPorts(process.env));
await runWorkers({ config: loadConfig(process.env), log: createLogger('workers'), dialer });
process.exit(0);
