import { setTimeout as wait } from 'node:timers/promises';
import { wrk } from '../load/wrk.ts';
import type { Peer, RunningPeer } from '../peers/peer.ts';
import { UPSTREAM_BODY_BYTES } from '../peers/upstream.ts';
import { type Measured, measured } from '../statistics.ts';
import { type BenchSetting, ownFolder } from './bench-folder.ts';

const WARM_UP_SECONDS = 4;

interface Plan {
  rounds: number;
  connections: number;
  /** Of each run. */
  seconds: number;
}

/** What runs of one proxy gave. */
export interface Compared {
  name: string;
  requestsPerSecond: Measured;
  /** How much of its core the proxy used: below 1 the load, not the proxy, was the limit. */
  coreUse: Measured;
  /** Requests for each second of processor time: what a proxy could do with all of its core. */
  requestsPerCpuSecond: Measured;
  failures: number;
}

/**
 * Measures proxies in turns: each runs once in every round, so that a slow minute of the machine meets all of them. All are
 * up the whole time; those that are not asked are idle.
 */
export async function compare(setting: BenchSetting, peers: readonly Peer[], plan: Plan): Promise<Compared[]> {
  const running: { peer: Peer; server: RunningPeer; runs: Run[] }[] = [];
  try {
    for (const peer of peers) {
      const server = await peer.start(setting.upstreamPort, await ownFolder(setting, peer.name));
      running.push({ peer, server, runs: [] });
      await mustAnswer(peer.name, server);
    }
    for (const { server } of running) await wrk(server.call, plan.connections, WARM_UP_SECONDS);
    for (let round = 1; round <= plan.rounds; round += 1) {
      for (const { peer, server, runs } of running) {
        const run = await measure(server, plan);
        runs.push(run);
        const { requestsPerSecond, coreUse } = run;
        console.log(`round ${round}  ${peer.name.padEnd(24)} ${requestsPerSecond.toFixed(0)}/s, core ${(100 * coreUse).toFixed(0)} %`);
        // What the run left behind, such as log rows on their way, is not the next one's.
        await wait(1_000);
      }
    }
  } finally {
    for (const { server } of running) await server.process.stop();
  }
  return running.map(({ peer, runs }) => ({
    name: peer.name,
    requestsPerSecond: measured(runs.map((run) => run.requestsPerSecond)),
    coreUse: measured(runs.map((run) => run.coreUse)),
    requestsPerCpuSecond: measured(runs.map((run) => run.requestsPerSecond / run.coreUse)),
    failures: runs.reduce((sum, run) => sum + run.failures, 0),
  }));
}

/** Refusing is fast: what does not carry calls is not measured. */
async function mustAnswer(name: string, { call }: RunningPeer): Promise<void> {
  const answer = await fetch(call.url, { headers: call.headers });
  const body = await answer.text();
  if (answer.status !== 200 || body.length !== UPSTREAM_BODY_BYTES) throw new Error(`${name} does not carry calls: ${answer.status} ${body}`);
}

interface Run {
  requestsPerSecond: number;
  coreUse: number;
  failures: number;
}

async function measure({ process, call }: RunningPeer, { connections, seconds }: Plan): Promise<Run> {
  const [cpuBefore, startedAt] = [await process.cpuSeconds(), performance.now()];
  const { requestsPerSecond, failures } = await wrk(call, connections, seconds);
  const passed = (performance.now() - startedAt) / 1_000;
  return { requestsPerSecond, failures, coreUse: ((await process.cpuSeconds()) - cpuBefore) / passed };
}
