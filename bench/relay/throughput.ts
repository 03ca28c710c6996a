import { envoy } from '../peers/envoy.ts';
import { fastifyHttpProxy } from '../peers/fastify-http-proxy.ts';
import { nginx } from '../peers/nginx.ts';
import { portkey } from '../peers/portkey.ts';
import { atLeast, atMost, report } from '../result.ts';
import type { BenchSetting } from './bench-folder.ts';
import { compare } from './compare.ts';
import { OurRelay } from './our-relay.ts';

/** How many times as fast as each peer the relay is to be. */
const LEAST_RATIOS: [name: string, least: number][] = [
  [envoy.name, 0.8],
  [nginx.name, 0.25],
  [fastifyHttpProxy.name, 1.7],
  [portkey.name, 10],
];

/** Requests a second at 64 connections and 1 KB, beside the peers. */
export async function throughput(setting: BenchSetting): Promise<void> {
  const ours = new OurRelay(setting);
  const peers = [ours, envoy, nginx, fastifyHttpProxy, portkey];
  const compared = await compare(setting, peers, { rounds: 5, connections: 64, seconds: 6 });
  const speedOf = (name: string) => compared.find((peer) => peer.name === name)?.requestsPerSecond.median ?? Number.NaN;
  const ratios = LEAST_RATIOS.map(([name, least]) => atLeast(`× ${name}`, speedOf(ours.name) / speedOf(name), least));
  const failures = compared.reduce((sum, peer) => sum + peer.failures, 0);
  report('relay-throughput', { connections: 64, body_bytes: 1_024, compared }, [...ratios, atMost('failed calls', failures, 0)]);
}
