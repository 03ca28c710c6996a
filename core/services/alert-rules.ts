import type { AlertMetric, Comparison } from '../domain/alert-metrics.ts';
import type { AlertSeverity } from '../domain/alert-notification.ts';
import { conditionInWords, MOST_RULES } from '../domain/alert-rules.ts';
import { looksLikeId } from '../domain/names.ts';
import { MINUTE_MS } from '../domain/times.ts';
import { notFound, PublicError } from '../errors.ts';
import { ruleOf, scopeOf } from '../store/alert-rows.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { AlertRule } from '../store/generated/client.ts';
import { describeScopes, type ShownScope } from './alert-scopes.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';
import { onlyRestorable, restorableBy } from './restorable.ts';

/** A rule that lives, by name or ID. Unknown, deleted and foreign ones answer alike. */
export async function findAlertRule(transaction: OrganizationTransaction, reference: string): Promise<AlertRule> {
  const rule = await transaction.alertRule.findFirst({
    where: { deletedAt: null, ...(looksLikeId(reference) ? { id: reference } : { name: reference }) },
  });
  if (rule === null) throw notFound('alert rule', reference);
  return rule;
}

/** @throws PublicError `conflict` with the candidates when several deleted ones had this name */
export async function findDeletedAlertRule(
  transaction: OrganizationTransaction,
  reference: string,
): Promise<AlertRule> {
  const { purgedAt: _, ...where } = restorableBy(reference);
  const candidates = await transaction.alertRule.findMany({ where, orderBy: { deletedAt: 'desc' } });
  return onlyRestorable('alert rule', reference, candidates);
}

/**
 * Keeps the evaluation (core/store/alert-evaluation.ts) and others who change the organization's rules away until the
 * transaction ends: what is deleted fires no more.
 */
export async function lockAlertRules(transaction: OrganizationTransaction): Promise<void> {
  await transaction.$queryRaw`
    SELECT pg_advisory_xact_lock(hashtextextended('alert_rules ' || app_organization(), 0))::text`;
}

/** From when on windows are a rule's business: the minute that is under way is whole afterwards. */
export function evaluatedFromNow(): Date {
  const now = Date.now();
  return new Date(now - (now % MINUTE_MS));
}

/** @throws PublicError `conflict` when the organization has as many as it may; under the lock */
export async function requireRoomForRule(transaction: OrganizationTransaction): Promise<void> {
  const count = await transaction.alertRule.count({ where: { deletedAt: null } });
  if (count < MOST_RULES) return;
  throw new PublicError('conflict', `An organization has at most ${MOST_RULES} alert rules. Delete one first.`);
}

interface RuleParts extends ShownScope {
  channels: string[];
  firing: number;
}

async function partsOf(transaction: OrganizationTransaction, rules: readonly AlertRule[]): Promise<RuleParts[]> {
  const scopes = await describeScopes(transaction, rules.map(scopeOf));
  const channels = await transaction.channel.findMany({
    where: { id: { in: rules.flatMap(({ channelIds }) => channelIds) }, deletedAt: null },
    select: { id: true, name: true },
  });
  const firing = await transaction.alertRuleState.groupBy({
    by: ['ruleId'],
    where: { ruleId: { in: rules.map(({ id }) => id) }, phase: 'firing' },
    _count: true,
  });
  return rules.map(({ id, channelIds }, index) => {
    const { scope, warnings } = scopes[index] ?? { scope: { agents: 'any' }, warnings: [] };
    const named = channels.filter((channel) => channelIds.includes(channel.id));
    const lost = channelIds.length - named.length;
    return {
      scope,
      channels: named.map(({ name }) => name),
      firing: firing.find(({ ruleId }) => ruleId === id)?._count ?? 0,
      warnings: lost === 0 ? warnings : [...warnings, `${lost} of its channels ${lost === 1 ? 'is' : 'are'} deleted.`],
    };
  });
}

function ruleJson(rule: AlertRule, { scope, channels, firing, warnings }: RuleParts) {
  return {
    id: rule.id,
    name: rule.name,
    metric: rule.metric as AlertMetric,
    comparison: rule.comparison as Comparison,
    threshold: rule.threshold,
    window_seconds: rule.windowSeconds,
    for_seconds: rule.forSeconds,
    minimum_calls: rule.minimumCalls,
    scope,
    severity: rule.severity as AlertSeverity,
    channels,
    enabled: rule.enabled,
    condition: conditionInWords(ruleOf(rule)),
    firing,
    warnings,
    version: rule.version,
    created_at: rule.createdAt.toISOString(),
    restorable_until: rule.restorableUntil?.toISOString() ?? null,
  };
}

export type AlertRuleJson = ReturnType<typeof ruleJson>;

export async function describeAlertRule(transaction: OrganizationTransaction, rule: AlertRule): Promise<AlertRuleJson> {
  const [parts] = await partsOf(transaction, [rule]);
  return ruleJson(rule, parts as RuleParts);
}

export interface AlertRuleListing {
  deleted: boolean;
  limit: number;
  cursor?: string | undefined;
}

/** By name. */
export async function listAlertRules(
  transaction: OrganizationTransaction,
  { deleted, limit, cursor }: AlertRuleListing,
): Promise<Page<AlertRuleJson>> {
  const position = decodeCursor(cursor);
  const rules = await transaction.alertRule.findMany({
    where: {
      deletedAt: deleted ? { not: null } : null,
      ...(position !== undefined && {
        OR: [{ name: { gt: position.sort } }, { name: position.sort, id: { gt: position.id } }],
      }),
    },
    orderBy: [{ name: 'asc' }, { id: 'asc' }],
    take: limit + 1,
  });
  const parts = await partsOf(transaction, rules);
  const shown = rules.map((rule, index) => ({ rule, parts: parts[index] as RuleParts }));
  return toPage(
    shown,
    limit,
    (row) => ruleJson(row.rule, row.parts),
    ({ rule }) => ({ sort: rule.name, id: rule.id }),
  );
}
