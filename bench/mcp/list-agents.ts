import { setTimeout as wait } from 'node:timers/promises';
import { busySeconds, MEASURED_CORE } from '../cores.ts';
import { type Latencies, vegetaPosts } from '../load/vegeta.ts';
import { type Throughput, wrkPosts } from '../load/wrk.ts';
import { atLeast, atMost, report } from '../result.ts';
import { type Measured, measured } from '../statistics.ts';
import { startBareServer } from './bare-server.ts';
import type { McpServer } from './mcp-server.ts';
import type { McpSetting } from './mcp-setting.ts';
import { startOurApp } from './our-app.ts';
import { tokenCheck } from './token-check.ts';

const CLIENTS = 50;
const CALLS_A_SECOND = 200;
const ROUNDS = 3;
const STEADY_SECONDS = 10;
const SATURATION_SECONDS = 6;
const WARM_UP_SECONDS = 5;

/** `list_agents` over MCP, the first page of 1,000 agents: at a steady rate and at saturation, beside a bare server. */
export async function listAgents(setting: McpSetting): Promise<void> {
  const servers: McpServer[] = [];
  try {
    const ours = await startOurApp(setting, CLIENTS);
    servers.push(ours);
    const [call] = ours.calls;
    if (call === undefined) throw new Error('No client was connected.');
    servers.push(await startBareServer(setting, call, CLIENTS));
    for (const { calls } of servers) await wrkPosts(calls, CLIENTS, WARM_UP_SECONDS);
    const runs = servers.map((server) => ({ server, steady: [] as Latencies[], saturated: [] as Saturated[] }));
    for (let round = 0; round < ROUNDS; round += 1) {
      for (const { server, steady, saturated } of runs) {
        steady.push(await vegetaPosts(server.calls, CALLS_A_SECOND, STEADY_SECONDS));
        saturated.push(await saturate(server));
        await wait(1_000);
      }
    }
    const compared = runs.map(({ server: { name }, steady, saturated }) => ({
      name,
      p50: measured(steady.map(({ p50 }) => p50)),
      p99: measured(steady.map(({ p99 }) => p99)),
      callsPerSecond: measured(saturated.map(({ requestsPerSecond }) => requestsPerSecond)),
      coreUse: measured(saturated.map(({ coreUse }) => coreUse)),
      disturbance: measured(saturated.map(({ disturbance }) => disturbance)),
      failures: [...steady, ...saturated].reduce((sum, { failures }) => sum + failures, 0),
    }));
    const check = await tokenCheck(setting, call);
    const [own, bare] = compared;
    const median = (of: Measured | undefined) => of?.median ?? Number.NaN;
    report('mcp-list-agents', { clients: CLIENTS, agents: 1_000, compared, tokenCheck: check }, [
      atMost(`p50 at ${CALLS_A_SECOND} calls/s, ms`, median(own?.p50), 10),
      atMost(`p99 at ${CALLS_A_SECOND} calls/s, ms`, median(own?.p99), 50),
      atLeast('calls/s at saturation', median(own?.callsPerSecond), 400),
      atLeast('of a bare server’s calls/s', median(own?.callsPerSecond) / median(bare?.callsPerSecond), 0.2),
      atMost('token check p50, ms', check.p50, 1),
      atMost(
        'failed calls',
        compared.reduce((sum, { failures }) => sum + failures, 0),
        0,
      ),
      atMost('core taken by others meanwhile', median(own?.disturbance), 0.1),
    ]);
  } finally {
    for (const { process } of servers) await process.stop();
  }
}

interface Saturated extends Throughput {
  coreUse: number;
  disturbance: number;
}

/** As many calls as the server answers, and what became of its core meanwhile. */
async function saturate({ process, calls }: McpServer): Promise<Saturated> {
  const before = [await process.cpuSeconds(), await busySeconds(MEASURED_CORE)] as const;
  const startedAt = performance.now();
  const throughput = await wrkPosts(calls, CLIENTS, SATURATION_SECONDS);
  const passed = (performance.now() - startedAt) / 1_000;
  const coreUse = ((await process.cpuSeconds()) - before[0]) / passed;
  const coreBusy = ((await busySeconds(MEASURED_CORE)) - before[1]) / passed;
  return { ...throughput, coreUse, disturbance: Math.max(0, coreBusy - coreUse) };
}
