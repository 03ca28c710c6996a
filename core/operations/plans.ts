import { z } from 'zod';
import { PublicError } from '../errors.ts';
import { isInstanceOwner } from '../services/instance-owners.ts';
import { noSuchOrganization, readPlan, setPlan } from '../services/plans.ts';
import { defineOperation } from './define-operation.ts';

const requestsPerMonth = z.int().min(0).nullable().describe('null: no limit.');
const retentionDays = z.int().min(1).max(3_650).describe('How long request logs are kept.');
const planView = z.object({ requests_per_month: requestsPerMonth, retention_days: retentionDays });

const getPlan = defineOperation({
  name: 'get_plan',
  title: 'Get the plan',
  kind: 'R',
  area: null,
  scope: 'usage:read',
  restOnly: true,
  description: 'What this organization may use. An instance owner sets it.',
  examples: [{}],
  input: z.strictObject({}),
  output: z.object({ plan: planView }),
  rest: { method: 'GET', path: '/plan' },
  run: async ({ transaction }) => ({ plan: await readPlan(transaction) }),
});

const updatePlan = defineOperation({
  name: 'update_plan',
  title: "Change an organization's plan",
  kind: 'W',
  area: null,
  restOnly: true,
  description:
    'Sets what an organization may use; for instance owners. What is left out stays. Relays keep to it within two seconds.',
  examples: [{ organization: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d', requests_per_month: 1_000_000 }],
  input: z.strictObject({
    organization: z.uuid().describe("The organization's ID (whoami)."),
    requests_per_month: requestsPerMonth.optional(),
    retention_days: retentionDays.optional(),
  }),
  output: z.object({ organization: z.object({ id: z.uuid(), name: z.string() }), plan: planView }),
  rest: { method: 'PUT', path: '/instance/organizations/{organization}/plan' },
  async prepare(context, { organization }) {
    const { caller } = context;
    if (!(await isInstanceOwner(context, caller.person))) {
      if (organization !== caller.organizationId) throw noSuchOrganization(organization);
      throw new PublicError('forbidden', 'Plans are set by the owners of this installation (AGENTGATEWAY_OWNERS).');
    }
  },
  async run({ transaction, caller, auditTarget }, { organization, ...change }) {
    const answer = await setPlan(transaction, caller, organization, change);
    auditTarget({ kind: 'organization', ...answer.organization });
    return answer;
  },
});

export const planOperations = [getPlan, updatePlan];
