import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { formFields } from '../servers/browser.ts';
import {
  authorizationRequest,
  openConsent,
  REDIRECT_URI,
  type RunningApp,
  registerClient,
  signIn,
  startApp,
} from '../servers/connected-app.ts';
import { seedCaller } from '../servers/seed.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

test('one consent makes one grant, also when the button is pressed three times', async () => {
  const person = await seedCaller(app.dependencies.database);
  const browser = await signIn(app, person);
  const { path, page } = await openConsent(browser, authorizationRequest(app.url, await registerClient(app.url)).url);
  const fields = { ...formFields(await page.text(), path), decision: 'allow' };
  await Promise.all([1, 2, 3].map(() => browser.post(path, fields)));
  const grants = await app.dependencies.database.inOrganization(person.organizationId, (transaction) =>
    transaction.oauthGrant.count({ where: { revokedAt: null } }),
  );
  expect(grants).toBe(1);
});

test('the page warns of a request that returns to loopback, whatever else the app registered', async () => {
  const person = await seedCaller(app.dependencies.database);
  const browser = await signIn(app, person);
  const clientId = await registerClient(app.url, {
    client_name: 'Claude',
    redirect_uris: [REDIRECT_URI, 'https://claude.ai/api/mcp/auth_callback'],
  });
  const { page } = await openConsent(browser, authorizationRequest(app.url, clientId).url);
  expect(await page.text()).toContain('This app runs on your own computer');
});
