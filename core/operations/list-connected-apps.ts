import { z } from 'zod';
import { listConnectedApps as list } from '../services/connected-apps.ts';
import { connectedAppItem } from './connected-app-views.ts';
import { defineOperation } from './define-operation.ts';
import { listed, pageOf } from './members.ts';

export const listConnectedApps = defineOperation({
  name: 'list_connected_apps',
  title: 'List connected apps',
  kind: 'R',
  area: null,
  restOnly: true,
  description:
    'Lists the apps that may act for you in this organization, for admins everybody’s: each client of a person once, with what its grants allow together and how it is used.',
  examples: [{}, { limit: 50 }],
  input: z.strictObject(listed),
  output: pageOf(connectedAppItem),
  rest: { method: 'GET', path: '/connected-apps' },
  run: ({ transaction, caller }, listing) => list(transaction, caller, listing),
});
