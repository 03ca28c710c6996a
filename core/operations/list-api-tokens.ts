import { z } from 'zod';
import { listApiTokens as list } from '../services/api-tokens.ts';
import { defineOperation } from './define-operation.ts';
import { listed, pageOf } from './members.ts';
import { apiTokenView } from './people-views.ts';

export const listApiTokens = defineOperation({
  name: 'list_api_tokens',
  title: 'List API tokens',
  kind: 'R',
  area: null,
  restOnly: true,
  description: 'Lists your API tokens; for admins, everybody’s in this organization.',
  examples: [{}],
  input: z.strictObject(listed),
  output: pageOf(apiTokenView),
  rest: { method: 'GET', path: '/api-tokens' },
  run: ({ transaction, caller }, input) => list(transaction, caller, input),
});
