import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { authorizationRequest, type RunningApp, registerClient, startApp } from '../../servers/connected-app.ts';

let app: RunningApp;
let clientId: string;

beforeAll(async () => {
  app = await startApp();
  clientId = await registerClient(app.url);
});
afterAll(() => app.stop());

const ask = (parameters: Record<string, string> = {}) =>
  fetch(authorizationRequest(app.url, clientId, parameters).url, { redirect: 'manual' });
const stored = () =>
  app.dependencies.database.inInstance((transaction) =>
    transaction.oauthArtifact.count({ where: { model: 'Interaction' } }),
  );

test('what is stored before anybody signs in is bounded, in length and in number for a network', async () => {
  expect((await ask({ state: 'x'.repeat(3_000) })).status).toBe(303);
  const tooLong = await ask({ state: 'x'.repeat(4_000) });
  expect([tooLong.status, await tooLong.text()]).toEqual([400, expect.stringContaining('at most 4000 characters')]);
  expect(await stored()).toBe(1);

  const asked = 300;
  const startedAt = Date.now();
  const answers = await Promise.all(Array.from({ length: asked }, () => ask()));
  const earned = Math.ceil((Date.now() - startedAt) / 1_000);
  const refused = answers.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(asked - 100 - earned);
  expect(refused.length).toBeLessThan(asked - 90);
  expect(Number(refused[0]?.headers.get('retry-after'))).toBe(1);
  expect(await refused[0]?.text()).toContain('Too many apps are being connected from this network');
  expect(await stored()).toBe(1 + asked - refused.length);
});
