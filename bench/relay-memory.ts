import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { collectStreamBuffersEarly } from '../relay/stream-memory.ts';
import { AGENT_KEY, TestRelay } from '../tests/relay/relay-harness.ts';

/**
 * `node bench/relay-memory.ts`: how much memory a body of 1 GiB adds to a relay process of its own, each way, at full
 * speed. Prints the resident set before the body and its highest value during it.
 */
const MEBIBYTE = 1_048_576;
const BODY_MEBIBYTES = 1_024;
const chunk = Buffer.alloc(MEBIBYTE, 'x');

async function serveAsRelay(upstreamUrl: string): Promise<void> {
  collectStreamBuffersEarly();
  const relay = await new TestRelay().start();
  relay.addAgent('echo', upstreamUrl);
  process.send?.(relay.port);
  process.on('disconnect', () => process.exit());
}

async function startUpstream(): Promise<string> {
  const server = createServer(async (incoming, response) => {
    if (incoming.method === 'POST') {
      for await (const _ of incoming);
      response.end('taken');
      return;
    }
    response.setHeader('content-length', BODY_MEBIBYTES * MEBIBYTE);
    if (incoming.method === 'HEAD') response.end();
    else await writeBody(response);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  server.unref();
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function writeBody(sink: NodeJS.WritableStream): Promise<void> {
  for (let sent = 0; sent < BODY_MEBIBYTES; sent += 1) if (!sink.write(chunk)) await once(sink, 'drain');
  sink.end();
}

async function memoryOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1]) / 1_024;
}

async function measure(title: string, pid: number, carryBody: () => Promise<void>): Promise<void> {
  const before = await memoryOf(pid);
  let highest = before;
  const watch = setInterval(async () => {
    highest = Math.max(highest, await memoryOf(pid));
  }, 20);
  const startedAt = performance.now();
  await carryBody();
  clearInterval(watch);
  const seconds = (performance.now() - startedAt) / 1_000;
  const speed = Math.round(BODY_MEBIBYTES / seconds);
  console.log(
    `${title}: ${before.toFixed(0)} MiB before, highest ${highest.toFixed(0)} MiB, added ${(highest - before).toFixed(0)} MiB, ${speed} MiB/s`,
  );
}

async function call(port: number, method: string): Promise<void> {
  const headers = {
    'x-api-key': AGENT_KEY,
    ...(method === 'POST' && { 'content-length': BODY_MEBIBYTES * MEBIBYTE }),
  };
  const outgoing = request({ port, host: '127.0.0.1', path: '/echo/', method, headers });
  const answered = once(outgoing, 'response') as Promise<[IncomingMessage]>;
  if (method === 'POST') await writeBody(outgoing);
  else outgoing.end();
  const [response] = await answered;
  for await (const _ of response);
}

async function main(): Promise<void> {
  const upstreamUrl = await startUpstream();
  const relay = fork(fileURLToPath(import.meta.url), [upstreamUrl]);
  const [port] = (await once(relay, 'message')) as [number];
  const pid = relay.pid ?? 0;
  // What code and connections take is not the body's.
  for (let i = 0; i < 500; i += 1) await call(port, 'HEAD');
  for (const round of [1, 2]) {
    await measure(`download, round ${round}`, pid, () => call(port, 'GET'));
    await measure(`upload, round ${round}`, pid, () => call(port, 'POST'));
  }
  relay.disconnect();
  process.exit();
}

const [upstreamUrl] = process.argv.slice(2);
if (upstreamUrl === undefined) await main();
else await serveAsRelay(upstreamUrl);
