import { wrk } from '../load/wrk.ts';
import { atMost, report } from '../result.ts';
import type { BenchSetting } from './bench-setting.ts';
import { OurRelay } from './our-relay.ts';

const AGENTS = 1_000;
const REQUESTS = 1_000_000;
const STEP_SECONDS = 5;
/** Growth over the second half that is no growth. */
const FLAT_MEBIBYTES = 10;

/** The relay's resident memory with 1,000 agents over 1,000,000 requests, all of them logged. */
export async function memory(setting: BenchSetting): Promise<void> {
  await setting.database.addAgents(AGENTS, 1, `http://127.0.0.1:${setting.upstreamPort}`);
  const { process, call } = await new OurRelay(setting).start();
  const samples = [{ requests: 0, mebibytes: await process.residentMebibytes() }];
  try {
    for (let requests = 0; requests < REQUESTS; ) {
      requests += Math.round((await wrk(call, 64, STEP_SECONDS)).requestsPerSecond * STEP_SECONDS);
      samples.push({ requests, mebibytes: await process.residentMebibytes() });
    }
  } finally {
    await process.stop();
  }
  const highest = (from: number, to: number) => Math.max(...samples.slice(from, to).map(({ mebibytes }) => mebibytes));
  const middle = samples.length >> 1;
  report('relay-memory', { agents: AGENTS, samples }, [
    atMost('resident memory after 1,000,000 requests, MiB', samples.at(-1)?.mebibytes ?? Number.NaN, 200),
    atMost(
      'growth of its peak over the second half, MiB',
      highest(middle, samples.length) - highest(1, middle),
      FLAT_MEBIBYTES,
    ),
  ]);
}
