import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { askForTokens, connect, type RunningApp, startApp } from '../../servers/connected-app.ts';
import { seedCaller } from '../../servers/seed.ts';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

const inOrganizationOf = ({ organizationId }: Caller) => {
  const { database } = app.dependencies;
  return database.inOrganization(organizationId, async (transaction) => ({
    grants: await transaction.oauthGrant.findMany(),
    operations: await transaction.operation.findMany(),
  }));
};

type Connected = Awaited<ReturnType<typeof connect>>;

const disconnects: Record<string, (connected: Connected) => Promise<unknown>> = {
  'a client that disconnects (RFC 7009)': ({ clientId, tokens }) =>
    fetch(`${app.url}/oauth/revoke`, {
      method: 'POST',
      body: new URLSearchParams({ client_id: clientId, token: tokens.refresh_token }),
    }),
  'a code presented a second time': ({ exchange }) => askForTokens(app.url, exchange),
};

test.each(Object.keys(disconnects))('%s ends in the same revocation as the button', async (name) => {
  const person = await seedCaller(app.dependencies.database, 'operator');
  const connected = await connect(app, person);
  await disconnects[name]?.(connected);
  const { grants, operations } = await inOrganizationOf(person);
  expect(grants).toMatchObject([{ revokedAt: expect.any(Date) }]);
  expect(operations).toMatchObject([
    {
      kind: 'revoke_connected_app',
      status: 'accepted',
      input: { app: grants[0]?.connectedAppId, grants: [grants[0]?.id] },
      requestedBy: { kind: 'app', app: 'Test client', name: person.person.email },
      requestedPersonId: person.person.id,
    },
  ]);
  const told = await connected.browser.get(`/api/v1/operations/${operations[0]?.id}`);
  expect(JSON.stringify(await told.json())).toContain('"introspect_tokens"');
});
