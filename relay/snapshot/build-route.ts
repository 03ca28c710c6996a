import { type Injection, parseInjection } from '../../core/domain/injection.ts';
import { routingOf } from '../../core/domain/routing.ts';
import type { AccessTokens } from '../../core/outbound/access-tokens.ts';
import { isConstant, type PreparedInjection, prepareInjection } from '../../core/outbound/injection.ts';
import { linkDestinations } from '../../core/outbound/link-destinations.ts';
import { hostAllowed, hostEntry, parseUpstreamUrl, type UpstreamUrl } from '../../core/outbound/upstream-url.ts';
import { type BreakerColumns, routeBreaker } from '../breaker/route-breaker.ts';
import { routePrice } from '../cost/route-price.ts';
import { RetryBudget } from '../forwarding/retry-budget.ts';
import { limitsOfAgent } from '../limits/limit.ts';
import type { Refusal } from '../relay-errors.ts';
import type { Route } from './snapshot.ts';

export interface AgentRow extends BreakerColumns {
  id: string;
  organizationId: string;
  name: string;
  upstreamUrl: string;
  enabled: boolean;
  rateLimitRpm: number | null;
  rateLimitBurst: number | null;
  routing: unknown;
  price: unknown;
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
 * both meet, so that no call can pass without it; a token URL is checked alike.
 */
export function buildRoute(agent: AgentRow, links: readonly LinkedCredential[], accessTokens: AccessTokens): Route {
  const upstream = parseUpstreamUrl(agent.upstreamUrl);
  const routing = routingOf(agent.routing);
  const injections: PreparedInjection[] = [];
  let refusal: Refusal | null = agent.enabled ? null : disabled(agent.name);
  for (const link of links) {
    const outcome = prepared(link, upstream, accessTokens);
    if ('code' in outcome) refusal ??= outcome;
    else injections.push(outcome);
  }
  const usable = refusal === null ? injections : [];
  return {
    agentId: agent.id,
    organizationId: agent.organizationId,
    name: agent.name,
    upstream,
    refusal,
    deletedAt: agent.deletedAt?.getTime() ?? null,
    injections: usable.filter(isConstant),
    liveInjection: usable.find((injection) => !isConstant(injection)) ?? null,
    retries: routing.retries,
    retryBudget: new RetryBudget(),
    credentialIds: links.map((link) => link.credentialId),
    credentialVersionIds: links.flatMap((link) => link.versionId ?? []),
    connectTimeoutMs: routing.connect_timeout_seconds * 1_000,
    firstByteTimeoutMs: routing.first_byte_timeout_seconds * 1_000,
    idleTimeoutMs: routing.idle_timeout_seconds * 1_000,
    totalTimeoutMs: routing.total_timeout_seconds * 1_000,
    price: routePrice(agent.price),
    durableLogs: routing.durable_logs,
    limits: limitsOfAgent(agent.id, agent.rateLimitRpm, agent.rateLimitBurst),
    breaker: routeBreaker(agent),
  };
}

/** A link's injection, or why no call can be made: a host not allowed, no value, none that can stand in its place. */
function prepared(
  { allowedHosts, injection, versionId, secretValue }: LinkedCredential,
  upstream: UpstreamUrl,
  accessTokens: AccessTokens,
): PreparedInjection | Refusal {
  // Before the injection is read: a fault of its own must not hide that the upstream is not allowed.
  if (!hostAllowed(allowedHosts, upstream)) return hostNotAllowed(hostEntry(upstream));
  try {
    const parsed: Injection = parseInjection(injection);
    const forbidden = linkDestinations(parsed, upstream).find((url) => !hostAllowed(allowedHosts, url));
    if (forbidden !== undefined) return hostNotAllowed(hostEntry(forbidden));
    if (secretValue === null || versionId === null) return credentialUnavailable;
    return prepareInjection(parsed, secretValue, (link, clientSecret) =>
      accessTokens.source(versionId, {
        tokenUrl: link.token_url,
        clientId: link.client_id,
        clientSecret,
        scope: link.scope,
        audience: link.audience,
      }),
    );
  } catch {
    return credentialUnavailable;
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
