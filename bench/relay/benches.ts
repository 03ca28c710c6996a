import { withSetting } from './bench-setting.ts';
import { eventStreams } from './event-streams.ts';
import { latency } from './latency.ts';
import { logCost } from './log-cost.ts';
import { manyAgents } from './many-agents.ts';
import { memory } from './memory.ts';
import { throughput } from './throughput.ts';

/** The relay's benchmarks by name. */
export const RELAY_BENCHES: Record<string, () => Promise<void>> = {
  throughput: () => withSetting(throughput),
  latency: () => withSetting(latency),
  'log-cost': () => withSetting(logCost),
  'many-agents': () => withSetting(manyAgents),
  memory: () => withSetting(memory),
  'event-streams': eventStreams,
};
