import { once } from 'node:events';
import { loadConfig } from '../../core/config.ts';
import { createLogger } from '../../core/log.ts';
import { startRelay } from '../../relay/start-relay.ts';
import { collectStreamBuffersEarly } from '../../relay/stream-memory.ts';
import { createDemoDialer, demoPorts } from './demo-dialer.ts';

/** The relay, with the demo's dialer. */
collectStreamBuffersEarly();
const dialer = createDemoDialer(demoPorts(process.env));
const relay = await startRelay({ config: loadConfig(process.env), log: createLogger('relay'), dialer });
await Promise.race([once(process, 'SIGTERM'), once(process, 'SIGINT')]);
await relay.stop();
process.exit(0);
