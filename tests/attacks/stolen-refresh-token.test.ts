import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { askForTokens, connect, type RunningApp, startApp } from '../servers/connected-app.ts';
import { seedCaller } from '../servers/seed.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

test('a thief who refreshes beside the owner is found out when the owner comes back', async () => {
  const person = await seedCaller(app.dependencies.database, 'admin');
  const { clientId, tokens } = await connect(app, person);
  const refresh = (refreshToken: string) =>
    askForTokens(app.url, { grant_type: 'refresh_token', client_id: clientId, refresh_token: refreshToken });
  const thief = await refresh(tokens.refresh_token);
  const owner = await refresh(tokens.refresh_token);
  expect([thief.status, owner.status]).toEqual([200, 200]);
  // The thief is first by a moment; from here on the owner holds a token of a generation that was used up twice.
  const thiefAgain = await refresh(thief.body.refresh_token);
  expect(thiefAgain.status).toBe(200);
  expect((await refresh(owner.body.refresh_token)).body.error).toBe('invalid_grant');
  // Somebody presented a token of ours that had a rival: the grant must be over (RFC 9700 §4.14.2).
  expect((await refresh(thiefAgain.body.refresh_token)).body.error).toBe('invalid_grant');
});
