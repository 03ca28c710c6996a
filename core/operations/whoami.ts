import { z } from 'zod';
import { defineOperation } from './define-operation.ts';
import { othersText } from './others-text.ts';

export const whoami = defineOperation({
  name: 'whoami',
  title: 'Who am I',
  kind: 'R',
  area: null,
  description: 'The person, organization, role and scopes that this connection acts with.',
  examples: [{}],
  input: z.strictObject({}),
  output: z.object({
    person: z.object({ id: z.uuid(), email: z.string(), name: z.string() }),
    organization: z.object({ id: z.uuid(), name: z.string() }),
    role: z.enum(['operator', 'manager', 'admin']),
    scopes: z.array(z.string()).nullable().describe('null: a session, bound by the role alone.'),
    app: othersText().nullable(),
  }),
  rest: { method: 'GET', path: '/me' },
  async run({ caller }) {
    return {
      person: caller.person,
      organization: { id: caller.organizationId, name: caller.organizationName },
      role: caller.role,
      scopes: caller.kind === 'session' ? null : [...caller.scopes].sort(),
      app: caller.kind === 'app' ? caller.clientName : null,
    };
  },
});
