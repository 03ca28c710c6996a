import { z } from 'zod';
import { DAY_MS, HOUR_MS } from '../domain/times.ts';
import { findPastAgent } from '../services/agents.ts';
import { parseStatus } from '../services/request-logs.ts';
import { decodeTrafficCursor } from '../services/traffic-cursor.ts';
import { TRAFFIC_GROUPS, type TrafficGroup } from '../services/traffic-groups.ts';
import { summarizeTraffic as summarize } from '../services/traffic-summary.ts';
import { MINUTES_KEPT_HOURS } from '../store/traffic-rollup.ts';
import { defineOperation } from './define-operation.ts';
import { readRange, since, status, until, wrong } from './log-members.ts';
import { listed, reference } from './members.ts';
import { othersText } from './others-text.ts';
import { money } from './views.ts';

const sums = {
  requests: z.int(),
  errors: z.int().describe('Answered with 400 or more, by the upstream or the relay.'),
  error_rate: z.number(),
  bytes_in: z.int(),
  bytes_out: z.int(),
  spend: money,
};

export const summarizeTraffic = defineOperation({
  name: 'summarize_traffic',
  title: 'Summarize traffic',
  kind: 'R',
  area: 'audit',
  description:
    'Volume, error rate, latency (p50, p95, p99), bytes, spend and top errors, by agent, agent key or status (most calls first), or by minute, hour or day (in order of time).',
  examples: [
    { group_by: 'agent', since: 'this_week' },
    { group_by: 'hour', agent: 'stripe-relay' },
    { group_by: 'status', status: '5xx', since: '7d' },
  ],
  input: z.strictObject({
    group_by: z.enum(TRAFFIC_GROUPS).default('none').describe('none: all in one.'),
    agent: reference.optional(),
    status,
    since,
    until,
    ...listed,
  }),
  output: z.object({
    since: z.iso.datetime().describe('Counted from here: the whole minute, before the last 3 days the whole hour.'),
    until: z.iso.datetime(),
    group_by: z.enum(TRAFFIC_GROUPS),
    total: z.object(sums),
    top_errors: z.array(
      z.object({
        status: z.int(),
        error_code: z.string().nullable().describe("The relay's own error; null: the upstream's."),
        requests: z.int(),
      }),
    ),
    items: z.array(
      z.object({
        key: othersText().describe('A name, a status, or the beginning of the time.'),
        id: z.string().nullable().describe("The agent's or agent key's."),
        ...sums,
        p50_ms: z.number(),
        p95_ms: z.number(),
        p99_ms: z.number(),
      }),
    ),
    next_cursor: z.string().nullable(),
  }),
  rest: { method: 'GET', path: '/traffic' },
  async run({ transaction, auditTarget }, input) {
    const range = readRange(input);
    checkFineness(input.group_by, heldRange(input.cursor) ?? range);
    const agent = input.agent === undefined ? undefined : await findPastAgent(transaction, input.agent);
    if (agent !== undefined) auditTarget({ kind: 'agent', id: agent.id, name: agent.name });
    return summarize(transaction, {
      groupBy: input.group_by,
      agentId: agent?.id,
      status: input.status === undefined ? undefined : parseStatus(input.status),
      ...range,
      limit: input.limit,
      cursor: input.cursor,
    });
  },
});

/** What a cursor asks for in the range's place, with an hour's grace: what its first page might ask, its later ones may. */
function heldRange(cursor: string | undefined): { since: Date; until: Date } | undefined {
  const range = decodeTrafficCursor(cursor)?.range;
  if (range === undefined) return undefined;
  return { since: new Date(range.from + HOUR_MS), until: new Date(Math.min(range.until, Date.now())) };
}

/** @throws PublicError `invalid_request` for a year of minutes, which nobody could read */
function checkFineness(groupBy: TrafficGroup, { since, until }: { since: Date; until: Date | undefined }): void {
  const now = Date.now();
  const days = ((until?.getTime() ?? now) - since.getTime()) / DAY_MS;
  if (groupBy === 'hour' && days > 31) throw wrong('group_by', 'hours of at most 31 days; group by day');
  if (groupBy !== 'minute') return;
  if (days > 1) throw wrong('group_by', 'minutes of at most 24 hours; group by hour or day');
  if (now - since.getTime() > (MINUTES_KEPT_HOURS / 24) * DAY_MS) {
    throw wrong('group_by', `minutes are kept for ${MINUTES_KEPT_HOURS} hours; group by hour or day`);
  }
}
