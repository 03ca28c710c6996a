import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where what the benchmarks install is kept between runs. */
export const cacheFolder = join(homedir(), '.cache', 'agentgateway');
