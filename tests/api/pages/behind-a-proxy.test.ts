import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { hashPassword } from '../../../core/services/passwords.ts';
import { formFields, openBrowser } from '../../servers/browser.ts';
import { type RunningApp, startApp } from '../../servers/connected-app.ts';
import { seedCaller } from '../../servers/seed.ts';

const PASSWORD = 'a quiet walk by the canal';
let app: RunningApp;
beforeAll(async () => {
  app = await startApp({ AGENTGATEWAY_TRUSTED_PROXIES: 'loopback' });
});
afterAll(() => app.stop());

async function signIn(email: string, password: string, address: string): Promise<number> {
  const browser = openBrowser(app.url);
  const page = await (await browser.get('/sign-in')).text();
  const fields = { ...formFields(page, '/sign-in'), email, password };
  return (await browser.post('/sign-in', fields, { 'x-forwarded-for': address })).status;
}

test('behind a reverse proxy a stranger’s guesses do not lock the owner out', async () => {
  const { person } = await seedCaller(app.dependencies.database);
  const passwordHash = await hashPassword(PASSWORD);
  await app.dependencies.database.inInstance((transaction) =>
    transaction.person.update({ where: { id: person.id }, data: { passwordHash } }),
  );
  expect(await signIn(person.email, PASSWORD, '203.0.113.7')).toBe(303);
  for (let i = 0; i < 7; i++) await signIn(person.email, 'a wrong guess', '198.51.100.66');
  expect(await signIn(person.email, PASSWORD, '203.0.113.7')).toBe(303);
});
