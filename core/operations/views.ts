import { z } from 'zod';
import { OPERATION_STATUSES } from '../domain/long-running.ts';
import { price } from './agent-members.ts';
import { injectionView } from './injection-members.ts';
import { othersText, othersValues } from './others-text.ts';
import { entryLink, revealLink } from './personal-links.ts';

/** The JSON that outsiders rely on: members may be added, not renamed. */

const time = z.iso.datetime();

export const money = z
  .object({ amount: z.number(), currency: z.string().nullable() })
  .describe('currency null: no agent has a price.');

export const budgetView = z
  .object({ requests_per_month: z.int().nullable(), spend_per_month: z.number().nullable() })
  .nullable();

const rateLimit = z.object({ rpm: z.int(), burst: z.int().nullable() }).nullable();

export const rateLimitView = z.object({
  agent: z.string(),
  rate_limit: rateLimit,
  version: z.int().describe("The agent's, for expected_version."),
});

export const agentView = z.object({
  id: z.uuid(),
  name: z.string(),
  labels: z.array(othersText()),
  upstream_url: z.string(),
  relay_url: z.string(),
  enabled: z.boolean(),
  rate_limit: rateLimit,
  circuit_breaker: z.object({ state: z.enum(['closed', 'open', 'half_open']) }),
  health: z.object({ score: z.number().nullable().describe('0 to 100; null: no data.') }),
  credentials: z.array(z.object({ name: z.string(), injection: injectionView })),
  routing: z.record(z.string(), z.union([z.number(), z.boolean()])),
  price: price.nullable(),
  version: z.int(),
  created_at: time,
  last_used_at: time.nullable(),
  deleted_at: time.nullable(),
  restorable_until: time.nullable(),
});

export const healthView = z.object({
  agent: z.string(),
  id: z.uuid(),
  score: z.number().nullable().describe('null: no calls in the window, so no data.'),
  calls: z.int(),
  parts: z
    .array(
      z.object({
        part: z.enum(['errors', 'latency', 'throttling', 'breaker', 'credential']),
        points: z.number(),
        why: z.string(),
        restore: z.string(),
        at: time.nullable().describe('When the last such call leaves the window, or the credential expires.'),
        tools: z.array(z.string()).describe('They show more, or mend it.'),
      }),
    )
    .describe('What costs points, the dearest first.'),
  since: time.nullable(),
  until: time.nullable(),
  computed_at: time.nullable(),
});

export const agentKeyView = z.object({
  id: z.uuid(),
  name: othersText(),
  agent: z.string().nullable().describe('null: all agents'),
  fingerprint: z.string(),
  status: z.enum(['awaiting_reveal', 'active', 'revoked']),
  rate_limit_rpm: z.int().nullable(),
  created_at: time,
  last_used_at: time.nullable(),
  revoked_at: time.nullable(),
});

export const newAgentKeyView = z.object({
  id: z.uuid(),
  fingerprint: z.string(),
  reveal_url: revealLink().nullable().describe('Opens once, for the person who asked, within 15 minutes.'),
  value: z.string().nullable().optional(),
  already_shown: z.boolean().optional(),
});

export const credentialView = z.object({
  id: z.uuid(),
  name: z.string(),
  status: z.enum(['awaiting_value', 'active', 'deleted']),
  provider: othersText().nullable(),
  fingerprint: z.string().nullable(),
  allowed_hosts: z.array(z.string()),
  labels: z.array(othersText()),
  owner: z.string().nullable(),
  agents: z.array(z.string()),
  versions: z.array(
    z.object({
      id: z.uuid(),
      state: z.enum(['staged', 'current', 'previous', 'revoked']),
      fingerprint: z.string(),
      created_at: time,
      last_used_at: time.nullable(),
      last_used_by: z.string().nullable().describe('An agent.'),
      calls: z.int().describe('Calls that carried it.'),
    }),
  ),
  expires_at: time.nullable(),
  rotator: othersValues().nullable(),
  probe: othersValues().nullable(),
  rotation_policy: z.record(z.string(), z.unknown()).nullable(),
  rotation_due_at: time.nullable(),
  rotation: z.object({ operation_id: z.string(), phase: z.string() }).nullable().describe('The one under way.'),
  version: z.int(),
  created_at: time,
  deleted_at: time.nullable(),
  restorable_until: time.nullable(),
});

export const operationView = z.object({
  id: z.uuid(),
  kind: z.string(),
  status: z.enum(OPERATION_STATUSES),
  step: z.string().nullable(),
  steps: z.array(
    z.object({
      name: z.string(),
      status: z.enum(['pending', 'running', 'done', 'failed', 'skipped']),
      started_at: time.nullable(),
      finished_at: time.nullable(),
      detail: othersText().nullable(),
      attempts: z
        .array(z.object({ why: othersText(), times: z.int(), first_at: time, last_at: time }))
        .describe('Those that came to nothing.'),
    }),
  ),
  target: z.object({ kind: z.string(), id: z.string(), name: othersText() }),
  requested_by: z.object({ kind: z.string(), name: othersText(), app: othersText().nullable() }),
  input: othersValues(),
  waiting_for: z.string().nullable(),
  who_can_act: z.string().nullable(),
  tools: z.array(z.string()).describe('They help who can act.'),
  next_timer_at: time.nullable(),
  result: z.record(z.string(), z.unknown()).nullable(),
  error: z.object({ code: z.string(), detail: othersText() }).nullable(),
  canary: z.record(z.string(), z.unknown()).nullable().describe('What live calls show of the new value and the old.'),
  approval: z
    .object({
      action: z.string(),
      input_hash: z.string(),
      expires_at: time,
      decision: z.enum(['approved', 'rejected']).nullable(),
      decided_by: othersText().nullable(),
    })
    .nullable(),
  question: othersText().nullable().describe('What a person has to decide about a key or mail in doubt.'),
  cancel_requested_by: othersText().nullable(),
  reveal_url: revealLink().nullable().optional().describe('For who asked: opens once.'),
  temporal_url: z.string().nullable().optional().describe('For owners of the installation.'),
  created_at: time,
  updated_at: time,
  finished_at: time.nullable(),
  url: z.string(),
});

/** What a D operation answers: what it started or did, or with `dry_run` what it would do. */
export const longRunningAnswer = z.object({
  operation_id: z.uuid().nullable(),
  operation: operationView.nullable(),
  joined: z.boolean().describe('An operation of the same kind was already under way; this is that one.'),
  entry_url: entryLink().nullable().optional().describe('Where a person enters the new value, once.'),
  dry_run: z.boolean(),
  would: z.array(z.string()),
});

export const requestLogView = z.object({
  id: z.uuid(),
  time,
  agent: z.string(),
  method: z.string(),
  path: othersText(),
  status: z.int(),
  error_code: z.string().nullable(),
  latency_ms: z.int(),
  upstream_latency_ms: z.int().nullable(),
  bytes_in: z.int(),
  bytes_out: z.int(),
  retry_count: z.int(),
  spend_micros: z.int().nullable().describe('Millionths of the currency; null where the agent has no price.'),
});

export const auditEventView = z.object({
  id: z.uuid(),
  time,
  actor: z.object({
    kind: z.string(),
    id: z.string(),
    name: othersText(),
    app: othersText().nullable(),
    grant_id: z.string().nullable(),
  }),
  action: z.string(),
  status: z.int(),
  outcome: z.enum(['succeeded', 'refused', 'failed']),
  target: z.object({ kind: z.string(), id: z.string(), name: othersText() }).nullable(),
  touched: z.array(z.string()).describe('IDs of what else it changed or made.'),
  arguments: othersValues(),
  request_id: z.string(),
  operation_id: z.string().nullable(),
  workflow_id: z.string().nullable(),
});
