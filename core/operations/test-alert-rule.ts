import { z } from 'zod';
import { conditionInWords } from '../domain/alert-rules.ts';
import { parseTime } from '../domain/times.ts';
import { REPLAYED_HOURS, replayRule } from '../services/alert-replay.ts';
import { findAlertRule } from '../services/alert-rules.ts';
import { readScope } from '../services/alert-scopes.ts';
import { ruleOf } from '../store/alert-rows.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { conditionMembers, readCondition, scopeOrAny } from './alert-members.ts';
import { defineOperation } from './define-operation.ts';
import { wrong } from './log-members.ts';
import { moment, reference } from './members.ts';

/** How many firings one answer tells of. */
const SHOWN = 100;

const time = z.iso.datetime();

export const testAlertRule = defineOperation({
  name: 'test_alert_rule',
  title: 'Test an alert rule',
  kind: 'R',
  area: 'alerts',
  description:
    'Replays a rule over past traffic and tells when it would have fired: a rule there is, a condition, or a rule with another condition. Changes nothing.',
  examples: [
    { metric: 'error_rate', threshold: 0.05, for_seconds: 600 },
    { metric: 'requests', comparison: 'lt', threshold: 10, window_seconds: 3_600, since: '48h' },
  ],
  input: z.strictObject({
    rule: reference.optional(),
    ...conditionMembers,
    metric: conditionMembers.metric.optional(),
    since: moment.default('24h').describe(`At most ${REPLAYED_HOURS}h back.`),
  }),
  output: z.object({
    condition: z.string(),
    since: time,
    until: time,
    agents: z.int().describe('Agents that it watches.'),
    fired: z.int().describe('How often.'),
    items: z
      .array(
        z.object({
          agent: z.string(),
          since: time,
          fired_at: time,
          ended_at: time.nullable(),
          value: z.number().nullable(),
        }),
      )
      .describe(`The first ${SHOWN}.`),
    warnings: z.array(z.string()),
  }),
  rest: { method: 'POST', path: '/alert-rules/test' },
  async run({ transaction, caller }, input) {
    const since = readSince(input.since);
    const existing = input.rule === undefined ? undefined : ruleOf(await findAlertRule(transaction, input.rule));
    const condition = readCondition(input, existing);
    const scope =
      input.scope === undefined && existing !== undefined
        ? existing.scope
        : await readScope(transaction, scopeOrAny(input.scope));
    const replay = await replayRule(transaction, {
      id: existing?.id ?? '',
      organizationId: caller.organizationId,
      name: existing?.name ?? '',
      severity: 'info',
      ...condition,
      scope,
      evaluatedFrom: since,
    });
    const shown = replay.firings.slice(0, SHOWN);
    const names = await namesOf(
      transaction,
      shown.map(({ agentId }) => agentId),
    );
    return {
      condition: conditionInWords(condition),
      since: new Date(replay.from).toISOString(),
      until: new Date(replay.until).toISOString(),
      agents: replay.agents,
      fired: replay.firings.length,
      items: shown.map((firing) => ({
        agent: names.get(firing.agentId) ?? 'unknown',
        since: new Date(firing.since).toISOString(),
        fired_at: new Date(firing.firedAt).toISOString(),
        ended_at: firing.endedAt === null ? null : new Date(firing.endedAt).toISOString(),
        value: firing.value,
      })),
      warnings: warningsOf(condition.metric),
    };
  },
});

function readSince(text: string): number {
  const now = new Date();
  const since = parseTime(text, now) ?? now;
  if (since >= now) throw wrong('since', 'must be in the past');
  const earliest = now.getTime() - REPLAYED_HOURS * 3_600_000;
  if (since.getTime() < earliest)
    throw wrong('since', `minutes are kept for so long only: at most ${REPLAYED_HOURS}h back`);
  return since.getTime();
}

async function namesOf(transaction: OrganizationTransaction, ids: string[]): Promise<Map<string, string>> {
  const agents = await transaction.agent.findMany({ where: { id: { in: ids } }, select: { id: true, name: true } });
  return new Map(agents.map(({ id, name }) => [id, name]));
}

function warningsOf(metric: string): string[] {
  if (metric === 'health_score') return ['Past health scores are not kept: only the last minutes could be replayed.'];
  if (metric === 'credential_expires_days') return ['Credentials are taken as they are now.'];
  return [];
}
