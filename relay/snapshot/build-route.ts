import { parseInjection } from '../../core/domain/injection.ts';
import { routingOf } from '../../core/domain/routing.ts';
import { type PreparedInjection, prepareInjection } from '../../core/outbound/injection.ts';
import { hostAllowed, hostEntry, parseUpstreamUrl } from '../../core/outbound/upstream-url.ts';
import type { Refusal } from '../relay-errors.ts';
import type { Route } from './snapshot.ts';

export interface AgentRow {
  id: string;
  organizationId: string;
  name: string;
  upstreamUrl: string;
  enabled: boolean;
  routing: unknown;
  deletedAt: Date | null;
}

/** A link with its credential's present value; `secretValue` is null when there is none that can be used. */
export interface LinkedCredential {
  credentialId: string;
  versionId: string | null;
  allowedHosts: readonly string[];
  injection: unknown;
  secretValue: string | null;
}

/**
 * Works out an agent's route. The check that a secret may go to the upstream's host (invariant 9) is made here, where
 * both meet, so that no call can pass without it.
 */
export function buildRoute(agent: AgentRow, links: readonly LinkedCredential[]): Route {
  const upstream = parseUpstreamUrl(agent.upstreamUrl);
  const routing = routingOf(agent.routing);
  const injections: PreparedInjection[] = [];
  let refusal: Refusal | null = agent.enabled ? null : disabled(agent.name);
  for (const link of links) {
    if (!hostAllowed(link.allowedHosts, upstream)) {
      refusal ??= hostNotAllowed(hostEntry(upstream));
      continue;
    }
    const injection = prepared(link);
    if (injection === null) refusal ??= credentialUnavailable;
    else injections.push(injection);
  }
  return {
    agentId: agent.id,
    organizationId: agent.organizationId,
    name: agent.name,
    upstream,
    refusal,
    deletedAt: agent.deletedAt?.getTime() ?? null,
    injections: refusal === null ? injections : [],
    credentialIds: links.map((link) => link.credentialId),
    credentialVersionIds: links.flatMap((link) => link.versionId ?? []),
    connectTimeoutMs: routing.connect_timeout_seconds * 1_000,
    firstByteTimeoutMs: routing.first_byte_timeout_seconds * 1_000,
    idleTimeoutMs: routing.idle_timeout_seconds * 1_000,
    totalTimeoutMs: routing.total_timeout_seconds * 1_000,
  };
}

/** null when there is no value, or none that can stand where the link puts it. */
function prepared(link: LinkedCredential): PreparedInjection | null {
  if (link.secretValue === null) return null;
  try {
    return prepareInjection(parseInjection(link.injection), link.secretValue);
  } catch {
    return null;
  }
}

function disabled(name: string): Refusal {
  return {
    code: 'agent_disabled',
    detail: `The agent ${name} is disabled. Enable it with update_agent (enabled: true).`,
  };
}

function hostNotAllowed(host: string): Refusal {
  return {
    code: 'host_not_allowed',
    detail: `A linked credential may not be sent to ${host}. A manager or admin can add it to the credential's allowed hosts.`,
  };
}

const credentialUnavailable: Refusal = {
  code: 'credential_unavailable',
  detail: 'A linked credential has no usable value yet. Enter one on its entry page (create_entry_link), or unlink it.',
};
