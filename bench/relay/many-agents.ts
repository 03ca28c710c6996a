import { atMost, report } from '../result.ts';
import { type BenchSetting, withSetting } from './bench-setting.ts';
import { compare, quiet } from './compare.ts';
import { OurRelay } from './our-relay.ts';

const AGENTS = 10_000;
const KEYS_EACH = 10;

/** What 10,000 agents with 100,000 keys that are not called add to the relay's memory, and take of its speed. */
export async function manyAgents(setting: BenchSetting): Promise<void> {
  await withSetting(async (other) => {
    await other.database.addAgents(AGENTS, KEYS_EACH, `http://127.0.0.1:${other.upstreamPort}`);
    const added = (await residentAtStart(other)) - (await residentAtStart(setting));
    const relays = [new OurRelay(setting), new OurRelay(other, 'with 10,000 agents')];
    const compared = await compare(setting, relays, { rounds: 5, connections: 64, seconds: 6 });
    const [few = Number.NaN, many = Number.NaN] = compared.map((relay) => relay.requestsPerCpuSecond.median);
    report('relay-many-agents', { agents: AGENTS, agent_keys: AGENTS * KEYS_EACH, compared }, [
      atMost('added memory, MiB', added, 150),
      atMost('cost, part of speed', 1 - many / few, 0.05),
      quiet(compared),
    ]);
  });
}

async function residentAtStart(setting: BenchSetting): Promise<number> {
  const { process } = await new OurRelay(setting).start();
  try {
    return await process.residentMebibytes();
  } finally {
    await process.stop();
  }
}
