import { once } from 'node:events';
import { Agent, createServer, get, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as wait } from 'node:timers/promises';
import type { Call } from '../peers/peer.ts';
import { atLeast, report } from '../result.ts';
import { withSetting } from './bench-setting.ts';
import { OurRelay } from './our-relay.ts';

const STREAMS = 1_000;
const FRAMES = 64;
const FRAME_MS = 50;

/** A thousand event streams at a time, every frame of each counted where it arrives. */
export async function eventStreams(): Promise<void> {
  const upstream = createServer((_, response) => sendFrames(response)).listen(0, '127.0.0.1', 4_096);
  await once(upstream, 'listening');
  const { port } = upstream.address() as AddressInfo;
  await withSetting(async (setting) => {
    const { process, call } = await new OurRelay(setting).start();
    const startedAt = performance.now();
    const complete = await Promise.all(Array.from({ length: STREAMS }, () => isComplete(call)));
    const seconds = (performance.now() - startedAt) / 1_000;
    const mebibytes = await process.residentMebibytes();
    await process.stop();
    report('relay-event-streams', { streams: STREAMS, frames_each: FRAMES, seconds, resident_mebibytes: mebibytes }, [
      atLeast('complete streams', complete.filter((isWhole) => isWhole).length, STREAMS),
    ]);
  }, port);
  upstream.close();
}

async function sendFrames(response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'Content-Type': 'text/event-stream' });
  for (let frame = 0; frame < FRAMES; frame += 1) {
    response.write(`data: ${frame}\n\n`);
    await wait(FRAME_MS);
  }
  response.end();
}

const agent = new Agent({ keepAlive: false });
const EXPECTED = Array.from({ length: FRAMES }, (_, frame) => `data: ${frame}\n\n`).join('');

/** Whether all frames of one stream arrive, in order. */
async function isComplete({ url, headers }: Call): Promise<boolean> {
  try {
    const [answer] = (await once(get(url, { agent, headers }), 'response')) as [IncomingMessage];
    return (await text(answer)) === EXPECTED;
  } catch {
    return false;
  }
}
