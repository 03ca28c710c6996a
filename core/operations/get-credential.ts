import { z } from 'zod';
import { describeCredential, findCredential } from '../services/credentials.ts';
import { defineOperation } from './define-operation.ts';
import { reference } from './members.ts';
import { credentialView } from './views.ts';

export const getCredential = defineOperation({
  name: 'get_credential',
  title: 'Get a credential',
  kind: 'R',
  area: 'credentials',
  description: "One credential's metadata: fingerprint, allowed hosts, linked agents, versions, expiry; never a value.",
  examples: [{ credential: 'stripe-prod-key' }],
  input: z.strictObject({ credential: reference }),
  output: z.object({ credential: credentialView }),
  rest: { method: 'GET', path: '/credentials/{credential}' },
  async run({ transaction, auditTarget }, input) {
    const { id, name } = await findCredential(transaction, input.credential);
    auditTarget({ kind: 'credential', id, name });
    return { credential: await describeCredential(transaction, id) };
  },
});
