import { z } from 'zod';
import { listCredentials as list } from '../services/credentials.ts';
import { defineOperation } from './define-operation.ts';
import { deleted, listed, pageOf } from './members.ts';
import { credentialView } from './views.ts';

export const listCredentials = defineOperation({
  name: 'list_credentials',
  title: 'List credentials',
  kind: 'R',
  area: 'credentials',
  description:
    'Credentials in the vault with fingerprint, allowed hosts, linked agents, versions and expiry; never a value.',
  examples: [{}, { q: 'stripe' }],
  input: z.strictObject({
    q: z.string().trim().min(1).max(100).optional().describe('Part of the name or provider.'),
    deleted,
    ...listed,
  }),
  output: pageOf(credentialView),
  rest: { method: 'GET', path: '/credentials' },
  run: ({ transaction }, listing) => list(transaction, listing),
});
