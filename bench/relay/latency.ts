import { type Latencies, vegeta } from '../load/vegeta.ts';
import { envoy } from '../peers/envoy.ts';
import { nginx } from '../peers/nginx.ts';
import { CALLER_HEADERS, type Call, type RunningPeer } from '../peers/peer.ts';
import { atMost, report } from '../result.ts';
import { measured } from '../statistics.ts';
import { type BenchSetting, ownFolder } from './bench-setting.ts';
import { OurRelay } from './our-relay.ts';

const REQUESTS_PER_SECOND = 2_000;
const SECONDS = 6;
const ROUNDS = 5;
const DIRECT = 'without a proxy';

/** What each proxy adds to the upstream's own latency at a fixed rate, in milliseconds. */
export async function latency(setting: BenchSetting): Promise<void> {
  const ours = new OurRelay(setting);
  const running: { name: string; call: Call; server: RunningPeer | null; runs: Latencies[] }[] = [
    {
      name: DIRECT,
      call: { url: `http://127.0.0.1:${setting.upstreamPort}/`, headers: CALLER_HEADERS },
      server: null,
      runs: [],
    },
  ];
  try {
    for (const peer of [ours, envoy, nginx]) {
      const server = await peer.start(setting.upstreamPort, await ownFolder(setting, peer.name));
      running.push({ name: peer.name, call: server.call, server, runs: [] });
      await vegeta(server.call, REQUESTS_PER_SECOND, SECONDS);
    }
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { call, runs } of running) runs.push(await vegeta(call, REQUESTS_PER_SECOND, SECONDS));
    }
  } finally {
    for (const { server } of running) await server?.process.stop();
  }
  const direct = running[0]?.runs ?? [];
  const proxies = running.slice(1).map(({ name, runs }) => ({
    name,
    // Of the same round: a slow minute of the machine is in both.
    addedP50: measured(runs.map(({ p50 }, round) => p50 - (direct[round]?.p50 ?? 0))),
    addedP99: measured(runs.map(({ p99 }, round) => p99 - (direct[round]?.p99 ?? 0))),
    failures: runs.reduce((sum, { failures }) => sum + failures, 0),
    runs,
  }));
  const relay = proxies[0];
  report('relay-latency', { requests_per_second: REQUESTS_PER_SECOND, direct, proxies }, [
    atMost('added latency p50, ms', relay?.addedP50.median ?? Number.NaN, 0.3),
    atMost('added latency p99, ms', relay?.addedP99.median ?? Number.NaN, 2),
    atMost('failed calls', relay?.failures ?? Number.NaN, 0),
  ]);
}
