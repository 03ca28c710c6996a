import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { operations } from '../../core/operations/index.ts';
import { createOpenCalls, MOST_OPEN } from '../../mcp/open-calls.ts';
import { callMcp, connect, type RunningApp, startApp } from '../servers/connected-app.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';
import { newWait, type Wait, waitForEver } from './wait-for-ever.ts';

let wait: Wait;

let app: RunningApp;
let manager: Awaited<ReturnType<typeof seedCaller>>;

beforeAll(async () => {
  app = await startApp({}, [...operations, waitForEver(() => wait)]);
  manager = await seedCaller(app.dependencies.database, 'manager');
});
afterAll(() => app.stop());

/** A connected app of the older protocol, which can ask its person. */
async function newApp() {
  const accessToken = (await connect(app, manager)).tokens.access_token;
  const capabilities = { elicitation: {} };
  const params = { protocolVersion: '2025-11-25', capabilities, clientInfo: { name: 'test', version: '1' } };
  const initialized = await callMcp(app.url, accessToken, { method: 'initialize', params });
  const session = { 'mcp-session-id': initialized.headers.get('mcp-session-id') ?? '' };
  return (message: object, signal?: AbortSignal) => callMcp(app.url, accessToken, message, session, signal);
}
type App = Awaited<ReturnType<typeof newApp>>;

const callTool = (name: string, input: object) => ({ method: 'tools/call', params: { name, arguments: input } });

/** Begins a call that is held until its person has answered. */
async function holdCall(call: App, agent: string) {
  const response = await call(callTool('delete_agent', { agent }));
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const readUntil = async (pattern: RegExp): Promise<string> => {
    for (let text = ''; ; ) {
      const { value, done } = (await reader?.read()) ?? { done: true };
      text += value ?? '';
      const [, found] = pattern.exec(text) ?? [];
      if (found !== undefined) return found;
      if (done) throw new Error(`${response.status} ${text}`);
    }
  };
  return { question: await readUntil(/^data: .*"id":"([\w-]+)".*\n\n/m), readUntil };
}

async function listTools(call: App) {
  const response = await call({ method: 'tools/list' });
  return [response.status, response.headers.get('retry-after'), (await response.text()).includes('calls under way')];
}
const ANSWERED = [200, null, false];
const REFUSED = [429, '1', true];

test('an app has 50 calls under way and no more: other apps go on, and who leaves makes room', async () => {
  const [greedy, other] = [await newApp(), await newApp()];
  const agent = await seedAgent(app.dependencies.database, manager.organizationId, 'asked-about');
  for (let n = 1; n < MOST_OPEN.ofGrant; n += 1) await holdCall(greedy, agent);
  expect(await listTools(greedy)).toEqual(ANSWERED);

  wait = newWait();
  const client = new AbortController();
  const waiting = greedy(callTool('wait_for_ever', {}), client.signal);
  await wait.begun.promise;
  expect(await listTools(greedy)).toEqual(REFUSED);
  expect(await listTools(other)).toEqual(ANSWERED);
  client.abort();
  await expect(waiting.then((response) => response.text())).rejects.toThrow();
  await wait.ended.promise;
  expect(await listTools(greedy)).toEqual(ANSWERED);
});

test('a person’s answer comes through while their app may call nothing more, and makes room', async () => {
  const call = await newApp();
  const agent = await seedAgent(app.dependencies.database, manager.organizationId, 'answered-when-full');
  const held = await holdCall(call, agent);
  for (let n = 1; n < MOST_OPEN.ofGrant; n += 1) await holdCall(call, agent);
  expect(await listTools(call)).toEqual(REFUSED);
  const yes = { id: held.question, result: { action: 'accept', content: { confirm: true } } };
  expect((await call(yes)).status).toBe(202);
  expect(await held.readUntil(/"dry_run":(\w+)/)).toBe('false');
  expect(await listTools(call)).toEqual(ANSWERED);
});

test('fifty apps of one organization call together, and no number of apps takes more than the organization’s share', () => {
  const enter = createOpenCalls();
  const owner = (grant: number, organizationId = 'a') => ({ grantId: `${organizationId}/${grant}`, organizationId });
  const leaves = Array.from({ length: MOST_OPEN.ofOrganization }, (_, n) => enter(owner(n % 50)));
  expect(() => enter(owner(51))).toThrow(expect.objectContaining({ code: 'rate_limited', retryAfterSeconds: 1 }));
  enter(owner(0, 'b'));
  leaves[0]?.();
  enter(owner(51));
});
