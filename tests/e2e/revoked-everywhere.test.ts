import type { ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { request } from 'undici';
import { createApiTokenFor } from '../api/rest/api-token.ts';
import { endProcess, startProcess } from '../servers/child-process.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { freePort } from '../servers/free-port.ts';
import { seedApp, seedCaller } from '../servers/seed.ts';
import { startTestTemporal, type TestTemporal } from '../servers/temporal.ts';

const CALLERS_A_PROCESS = 2;
/** Of each process, before the revocation and after it. */
const CALLS_JUDGED = 20;

interface Call {
  process: number;
  startedAt: number;
  endedAt: number;
  status: number;
}

let temporal: TestTemporal;
let made: TestDependencies;
let host: string;
const running: { child: ChildProcess; port: number }[] = [];

beforeAll(async () => {
  temporal = await startTestTemporal({});
  host = `localhost:${await freePort()}`;
  made = await testDependencies({ environment: { AGENTGATEWAY_PUBLIC_URL: `http://${host}` } });
});
afterAll(async () => {
  await stopProcesses();
  await made?.stop();
  await temporal?.stop();
});

/** Two app processes behind one public address, as a load balancer would have them. */
async function startProcesses(temporalAddress: string): Promise<void> {
  for (const port of [await freePort(), await freePort()]) {
    const { AGENTGATEWAY_DATA_DIR, DATABASE_URL_APP } = made.dependencies.config;
    const environment = {
      PATH: process.env.PATH,
      AGENTGATEWAY_DATA_DIR,
      DATABASE_URL_APP,
      AGENTGATEWAY_PUBLIC_URL: `http://${host}`,
      PORT: String(port),
      TEMPORAL_ADDRESS: temporalAddress,
      TEMPORAL_NAMESPACE: temporal.namespace,
    };
    running.push({ port, child: await startProcess('api/main.ts', environment, '"listening"') });
  }
}

async function stopProcesses(): Promise<void> {
  await Promise.all(running.splice(0).map(({ child }) => endProcess(child, 'SIGTERM')));
}

async function send(process: number, method: 'POST' | 'DELETE', path: string, bearer: string, message?: object) {
  const port = running[process]?.port;
  const { statusCode, body } = await request(`http://127.0.0.1:${port}${path}`, {
    method,
    headers: {
      host,
      authorization: `Bearer ${bearer}`,
      'content-type': 'application/json',
      accept: 'application/json, text/event-stream',
    },
    body: message === undefined ? null : JSON.stringify(message),
  });
  await body.dump();
  return statusCode;
}

const whoami = { jsonrpc: '2.0', id: 1, method: 'tools/call', params: { name: 'whoami', arguments: {} } };

/** Calls in a loop until it is told to stop. */
async function keepCalling(process: number, accessToken: string, calls: Call[], signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    const startedAt = performance.now();
    const status = await send(process, 'POST', '/api/mcp', accessToken, whoami);
    calls.push({ process, startedAt, endedAt: performance.now(), status });
  }
}

test.each(['there', 'away'])(
  'Temporal %s: from the answer on no process accepts a call of a revoked app',
  async (where) => {
    await startProcesses(where === 'there' ? temporal.address : `127.0.0.1:${await freePort()}`);
    const person = await seedCaller(made.dependencies.database);
    const apiToken = await createApiTokenFor(made.dependencies, person);
    const app = await seedApp(made.dependencies, person);

    const calls: Call[] = [];
    /** Waits until both processes have answered so many calls that began after a moment. */
    const answered = async (count: number, since: number) => {
      const of = (process: number) => calls.filter((call) => call.process === process && call.startedAt >= since);
      while ([0, 1].some((process) => of(process).length < count)) await pause(20);
    };
    const end = new AbortController();
    const loops = [0, 1].flatMap((process) =>
      Array.from({ length: CALLERS_A_PROCESS }, () => keepCalling(process, app.accessToken, calls, end.signal)),
    );
    await answered(CALLS_JUDGED, 0);
    const sentAt = performance.now();
    const revoked = await send(0, 'DELETE', `/api/v1/connected-apps/${app.connectedAppId}`, apiToken);
    const answeredAt = performance.now();
    await answered(CALLS_JUDGED, answeredAt);
    end.abort();
    await Promise.all(loops);
    await stopProcesses();

    expect(revoked).toBe(202);
    for (const process of [0, 1]) {
      const own = calls.filter((call) => call.process === process);
      const accepted = own.filter(({ status }) => status === 200);
      const late = own.filter(({ startedAt }) => startedAt >= answeredAt);
      expect(accepted.length).toBeGreaterThanOrEqual(CALLS_JUDGED);
      expect(new Set(late.map(({ status }) => status))).toEqual(new Set([401]));
      const lastAcceptedMs = Math.max(...accepted.map(({ endedAt }) => endedAt)) - sentAt;
      console.log(
        `Temporal ${where}, process ${process + 1}: last accepted call ${lastAcceptedMs.toFixed(0)} ms after the revocation was sent (answered after ${(answeredAt - sentAt).toFixed(0)} ms); ${accepted.length} accepted before, ${late.length} refused after it`,
      );
    }
  },
);
