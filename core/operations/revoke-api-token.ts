import { z } from 'zod';
import { findApiToken, revokeApiToken as revoke } from '../services/api-tokens.ts';
import { defineOperation } from './define-operation.ts';
import { dryRun } from './members.ts';

export const revokeApiToken = defineOperation({
  name: 'revoke_api_token',
  title: 'Revoke an API token',
  kind: 'D',
  area: null,
  role: 'operator',
  restOnly: true,
  description: 'Ends an API token of yours at once; an admin ends anybody’s.',
  examples: [{ api_token: '0198c0de-0000-7000-8000-000000000000', dry_run: true }],
  input: z.strictObject({ api_token: z.uuid(), dry_run: dryRun }),
  output: z.object({ id: z.uuid(), name: z.string(), revoked: z.boolean() }),
  rest: { method: 'DELETE', path: '/api-tokens/{api_token}' },
  async run({ transaction, caller, auditTarget }, input) {
    const { id, name } = await findApiToken(transaction, caller, input.api_token);
    auditTarget({ kind: 'api_token', id, name });
    if (input.dry_run) return { id, name, revoked: false };
    await revoke(transaction, id);
    return { id, name, revoked: true };
  },
});
