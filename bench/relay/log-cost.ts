import { atMost, report } from '../result.ts';
import type { BenchSetting } from './bench-setting.ts';
import { compare, quiet } from './compare.ts';
import { OurRelay } from './our-relay.ts';

const WITHOUT_LOGS = new URL('without-logs.ts', import.meta.url).href;

/** How much of the relay's speed logging and counting take, Postgres' own work on the other core left out. */
export async function logCost(setting: BenchSetting): Promise<void> {
  const relays = [new OurRelay(setting), new OurRelay(setting, 'without logs', ['--import', WITHOUT_LOGS])];
  const compared = await compare(setting, relays, { rounds: 5, connections: 64, seconds: 6 });
  const [withLogs = Number.NaN, withoutLogs = Number.NaN] = compared.map((relay) => relay.requestsPerCpuSecond.median);
  report('relay-log-cost', { compared }, [
    atMost('log and count cost, part of speed', 1 - withLogs / withoutLogs, 0.15),
    quiet(compared),
  ]);
}
