import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { callMcp, connect, type RunningApp, startApp } from '../servers/connected-app.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';

let app: RunningApp;
let manager: Awaited<ReturnType<typeof seedCaller>>;
let accessToken: string;

beforeAll(async () => {
  app = await startApp();
  manager = await seedCaller(app.dependencies.database, 'manager');
  accessToken = (await connect(app, manager)).tokens.access_token;
});
afterAll(() => app.stop());

let session: string;
beforeEach(async () => {
  const response = await callMcp(app.url, accessToken, {
    method: 'initialize',
    params: {
      protocolVersion: '2025-11-25',
      capabilities: { elicitation: {} },
      clientInfo: { name: 'test', version: '1' },
    },
  });
  session = response.headers.get('mcp-session-id') ?? '';
  await response.text();
});

const post = (message: object, presented = accessToken) =>
  callMcp(app.url, presented, message, { 'mcp-session-id': session });

/** The messages of a streamed answer, as they come. */
async function* messages(response: Response) {
  let text = '';
  for await (const chunk of response.body?.pipeThrough(new TextDecoderStream()) ?? []) {
    text += chunk;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const data = /^data: (.+)$/m.exec(text.slice(0, end))?.[1];
      text = text.slice(end + 2);
      if (data !== undefined)
        yield JSON.parse(data) as { id?: string; method?: string; result?: { isError?: boolean } };
    }
  }
}

async function askToDelete(agent: string) {
  await seedAgent(app.dependencies.database, manager.organizationId, agent);
  const answer = messages(
    await post({ id: 7, method: 'tools/call', params: { name: 'delete_agent', arguments: { agent } } }),
  );
  const { value: question } = await answer.next();
  expect(question).toMatchObject({ method: 'elicitation/create' });
  return { answer, question: question?.id };
}

const yes = (id: unknown) => ({ id, result: { action: 'accept', content: { confirm: true } } });

test('a client asked in between answers by a request of its own', async () => {
  const { answer, question } = await askToDelete('answered');
  expect((await post(yes(question))).status).toBe(202);
  expect((await answer.next()).value).toMatchObject({ id: 7, result: { structuredContent: { dry_run: false } } });
});

test('a yes does nothing once the time to write is over, however long the question stood', async () => {
  const { answer, question } = await askToDelete('asked-too-long');
  const writesUntil = (until: Date | null) =>
    app.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
      transaction.oauthGrant.updateMany({ data: { writesUntil: until } }),
    );
  await writesUntil(new Date(0));
  await post(yes(question));
  expect((await answer.next()).value).toMatchObject({
    id: 7,
    result: { isError: true, content: [{ text: expect.stringContaining('insufficient_scope') }] },
  });
  await writesUntil(null);
});

test('nobody else answers for a person', async () => {
  const { answer, question } = await askToDelete('foreign-answer');
  const stranger = (await connect(app, manager)).tokens.access_token;
  await post(yes(question), stranger);
  await post({ id: question, result: { action: 'decline' } });
  expect((await answer.next()).value).toMatchObject({ id: 7, result: { isError: true } });
});

test('a request that is taken back ends, and nothing is done', async () => {
  const { answer } = await askToDelete('taken-back');
  await post({ id: undefined, method: 'notifications/cancelled', params: { requestId: 7 } });
  const rest = [];
  for await (const message of answer) rest.push(message.method ?? 'answer');
  expect(rest).not.toContain('answer');
  const operations = await app.dependencies.database.inOrganization(manager.organizationId, (transaction) =>
    transaction.operation.count({ where: { targetName: 'taken-back' } }),
  );
  expect(operations).toBe(0);
});

test('a session of somebody else’s making is none', async () => {
  session = 'made-up';
  expect((await post({ method: 'tools/list' })).status).toBe(404);
});
