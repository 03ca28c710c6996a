import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { localPath } from '../../../api/sessions/local-path.ts';
import { type RunningApp, signIn, startApp } from '../../servers/connected-app.ts';
import { seedCaller } from '../../servers/seed.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

const OUT = ['/.//evil.test/x', '/a/..//evil.test', '/%2e//evil.test', '/..//evil.test'];

test.each(OUT)('return_to=%s never leads a browser to another site', async (returnTo) => {
  const person = await seedCaller(app.dependencies.database);
  const browser = await signIn(app, person);
  const answer = await browser.get(`/sign-in?${new URLSearchParams({ return_to: returnTo })}`);
  expect(answer.status).toBe(303);
  expect(new URL(answer.headers.get('location') ?? '', app.url).origin).toBe(app.url);
});

test.each(OUT)('a local path stays local when a browser reads it again: %s', (value) => {
  expect(new URL(localPath(value), 'http://us.test').origin).toBe('http://us.test');
});
