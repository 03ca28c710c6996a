import type { AlertScope } from '../domain/alert-rules.ts';
import { looksLikeId } from '../domain/names.ts';
import { PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';

/** A scope as callers write and see it. */
export type ScopeJson = { agents: 'any' | string[] } | { label: string };

/** @throws PublicError `invalid_request` for an agent that there is not, or a label that no agent has */
export async function readScope(transaction: OrganizationTransaction, scope: ScopeJson): Promise<AlertScope> {
  if ('label' in scope) {
    const { label } = scope;
    const agent = await transaction.agent.findFirst({ where: { deletedAt: null, labels: { has: label } } });
    if (agent === null) throw wrongScope(`no agent has the label "${label}". Label one first`, 'update_agent');
    return { kind: 'label', label };
  }
  if (scope.agents === 'any') return { kind: 'any' };
  const references = scope.agents;
  const ids = references.filter(looksLikeId).map((id) => id.toLowerCase());
  const names = references.filter((reference) => !looksLikeId(reference));
  const found = await transaction.agent.findMany({
    where: { deletedAt: null, OR: [{ id: { in: ids } }, { name: { in: names } }] },
    select: { id: true, name: true },
  });
  const missing = references.find(
    (reference) => !found.some(({ id, name }) => id === reference.toLowerCase() || name === reference),
  );
  if (missing !== undefined)
    throw wrongScope(`there is no agent "${missing}". List the agents to see their names`, 'list_agents');
  return { kind: 'agents', agentIds: found.map(({ id }) => id) };
}

function wrongScope(message: string, tool: string): PublicError {
  return new PublicError('invalid_request', `scope: ${message}.`, {
    issues: [{ path: 'scope', message }],
    members: { tools: [tool] },
  });
}

/** The columns that keep a scope. */
export function scopeColumns(scope: AlertScope): { scopeAgentIds: string[]; scopeLabel: string | null } {
  return {
    scopeAgentIds: scope.kind === 'agents' ? scope.agentIds : [],
    scopeLabel: scope.kind === 'label' ? scope.label : null,
  };
}

export interface ShownScope {
  scope: ScopeJson;
  /** What of it is not there any more. */
  warnings: string[];
}

/** Scopes as callers see them: agents by name, deleted ones with a warning. */
export async function describeScopes(
  transaction: OrganizationTransaction,
  scopes: readonly AlertScope[],
): Promise<ShownScope[]> {
  const ids = scopes.flatMap((scope) => (scope.kind === 'agents' ? scope.agentIds : []));
  const agents = await transaction.agent.findMany({
    where: { id: { in: ids } },
    select: { id: true, name: true, deletedAt: true },
  });
  const known = new Map(agents.map((agent) => [agent.id, agent]));
  const labels = await livingLabels(
    transaction,
    scopes.flatMap((scope) => (scope.kind === 'label' ? scope.label : [])),
  );
  return scopes.map((scope) => {
    if (scope.kind === 'any') return { scope: { agents: 'any' }, warnings: [] };
    if (scope.kind === 'label') {
      const warnings = labels.has(scope.label) ? [] : [`No agent has the label "${scope.label}" any more.`];
      return { scope: { label: scope.label }, warnings };
    }
    const named = scope.agentIds.flatMap((id) => known.get(id) ?? []);
    const deleted = named.filter(({ deletedAt }) => deletedAt !== null);
    return {
      scope: { agents: named.map(({ name }) => name) },
      warnings: deleted.map(({ name }) => `The agent "${name}" is deleted: the rule does not watch it.`),
    };
  });
}

async function livingLabels(transaction: OrganizationTransaction, labels: string[]): Promise<Set<string>> {
  if (labels.length === 0) return new Set();
  const agents = await transaction.agent.findMany({
    where: { deletedAt: null, labels: { hasSome: labels } },
    select: { labels: true },
  });
  return new Set(agents.flatMap((agent) => agent.labels));
}
