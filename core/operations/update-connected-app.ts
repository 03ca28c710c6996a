import { z } from 'zod';
import { API_SCOPES } from '../domain/scopes.ts';
import { describeConnectedApp, findGrantsOfApp, narrowGrants } from '../services/connected-apps.ts';
import { appReference, connectedAppView, grantReference } from './connected-app-views.ts';
import { defineOperation } from './define-operation.ts';

export const updateConnectedApp = defineOperation({
  name: 'update_connected_app',
  title: 'Narrow a connected app',
  kind: 'W',
  area: null,
  restOnly: true,
  role: 'operator',
  description:
    'Leaves an app only these of the scopes that it has, from its next request on: your own app, or as an admin anybody’s. More scopes take a new consent, so the app has to be connected again.',
  examples: [{ app: '0199f3c2-6a51-7d6e-9d0a-3f5d2c1b0a98', scopes: ['agents:read', 'audit:read'] }],
  input: z.strictObject({
    app: appReference,
    grant: grantReference,
    scopes: z.array(z.enum(API_SCOPES)).min(1).describe('What it keeps; writing in an area keeps reading it too.'),
  }),
  output: z.object({ app: connectedAppView }),
  rest: { method: 'PATCH', path: '/connected-apps/{app}' },
  async run({ transaction, caller, auditTarget }, { app, grant, scopes }) {
    const grants = await findGrantsOfApp(transaction, caller, { app, grant });
    auditTarget({ kind: 'connected_app', id: app, name: grants[0].clientName });
    await narrowGrants(transaction, grants, scopes);
    return { app: await describeConnectedApp(transaction, await findGrantsOfApp(transaction, caller, { app })) };
  },
});
