import { z } from 'zod';
import { describeConnectedApp, findGrantsOfApp } from '../services/connected-apps.ts';
import { appReference, connectedAppView } from './connected-app-views.ts';
import { defineOperation } from './define-operation.ts';

export const getConnectedApp = defineOperation({
  name: 'get_connected_app',
  title: 'Get a connected app',
  kind: 'R',
  area: null,
  restOnly: true,
  description: 'A connected app with each of its grants: your own, or as an admin anybody’s.',
  examples: [{ app: '0199f3c2-6a51-7d6e-9d0a-3f5d2c1b0a98' }],
  input: z.strictObject({ app: appReference }),
  output: z.object({ app: connectedAppView }),
  rest: { method: 'GET', path: '/connected-apps/{app}' },
  async run({ transaction, caller, auditTarget }, input) {
    const app = await describeConnectedApp(transaction, await findGrantsOfApp(transaction, caller, input));
    auditTarget({ kind: 'connected_app', id: app.id, name: app.name });
    return { app };
  },
});
