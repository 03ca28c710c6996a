import { z } from 'zod';
import { API_TOKEN_SCOPES } from '../domain/scopes.ts';
import { createApiToken as create } from '../services/api-tokens.ts';
import { defineOperation } from './define-operation.ts';
import { requireFreshSession } from './fresh-session.ts';
import { futureTime } from './members.ts';
import { apiTokenView } from './people-views.ts';

export const createApiToken = defineOperation({
  name: 'create_api_token',
  title: 'Create an API token',
  kind: 'W',
  area: null,
  role: 'operator',
  restOnly: true,
  // Else who found a leaked API token would outlive its revocation by what it made.
  personOnly: true,
  description:
    'Makes an API token for scripts, never broader than its maker. Its value stands in this answer, once. It acts with the role that its maker has at each call.',
  examples: [{ name: 'deploy script', scopes: ['agents:read'] }],
  input: z.strictObject({
    name: z.string().trim().min(1).max(100).describe('What will use it.'),
    scopes: z.array(z.enum(API_TOKEN_SCOPES)).min(1, 'choose at least one').max(API_TOKEN_SCOPES.length),
    expires_at: futureTime.nullable().optional().describe('Left out: it works until it is revoked.'),
  }),
  output: apiTokenView.extend({ value: z.string().nullable(), already_shown: z.boolean().optional() }),
  rest: { method: 'POST', path: '/api-tokens', status: 201 },
  async run(context, input) {
    const { transaction, caller } = context;
    await requireFreshSession(context, '/settings/api-tokens');
    const expiresAt = input.expires_at ? new Date(input.expires_at) : null;
    const { apiToken, value } = await create(transaction, caller, { ...input, expiresAt });
    context.auditTarget({ kind: 'api_token', id: apiToken.id, name: apiToken.name });
    return { ...apiToken, value };
  },
  forReplay: (answer) => ({ ...answer, value: null, already_shown: true }),
});
