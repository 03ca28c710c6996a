import { type Injection, parseInjection } from '../../core/domain/injection.ts';
import type { RunningRotation } from '../../core/domain/rotation.ts';
import { routingOf } from '../../core/domain/routing.ts';
import type { AccessTokens } from '../../core/outbound/access-tokens.ts';
import { prepareInjection } from '../../core/outbound/injection.ts';
import { linkDestinations } from '../../core/outbound/link-destinations.ts';
import { hostAllowed, hostEntry, parseUpstreamUrl, type UpstreamUrl } from '../../core/outbound/upstream-url.ts';
import { type BreakerColumns, routeBreaker } from '../breaker/route-breaker.ts';
import { routePrice } from '../cost/route-price.ts';
import { RetryBudget } from '../forwarding/retry-budget.ts';
import { limitsOfAgent } from '../limits/limit.ts';
import type { Refusal } from '../relay-errors.ts';
import { credentialSet, type PreparedLink, rotationOfRoute } from '../rotation/credential-sets.ts';
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

/** One version of a credential; `secretValue` is null when there is none that can be used. */
export interface LinkedVersion {
  versionId: string | null;
  secretValue: string | null;
}

/** A rotation with the two values that calls choose between; the old one is there. */
export interface LinkedRotation {
  running: RunningRotation;
  fresh: LinkedVersion;
  old: LinkedVersion;
}

/** A link with its credential's present value. */
export interface LinkedCredential extends LinkedVersion {
  credentialId: string;
  allowedHosts: readonly string[];
  injection: unknown;
  /** null: the present value alone is used. */
  rotation: LinkedRotation | null;
}

/**
 * Works out an agent's route. The check that a secret may go to the upstream's host (invariant 9) is made here, where
 * both meet, so that no call can pass without it; a token URL is checked alike.
 */
export function buildRoute(agent: AgentRow, links: readonly LinkedCredential[], accessTokens: AccessTokens): Route {
  const upstream = parseUpstreamUrl(agent.upstreamUrl);
  const routing = routingOf(agent.routing);
  const preparedLinks: PreparedLink[] = [];
  const unusableVersionIds: string[] = [];
  let refusal: Refusal | null = agent.enabled ? null : disabled(agent.name);
  for (const link of links) {
    const outcome = preparedLink(agent.organizationId, link, upstream, accessTokens);
    if ('code' in outcome) {
      refusal ??= outcome;
      continue;
    }
    preparedLinks.push(outcome);
    if (link.rotation !== null && outcome.rotation === null) {
      unusableVersionIds.push(link.rotation.running.new_version_id);
    }
  }
  const rotation = rotationOfRoute(refusal === null ? preparedLinks : []);
  return {
    agentId: agent.id,
    organizationId: agent.organizationId,
    name: agent.name,
    upstream,
    refusal,
    deletedAt: agent.deletedAt?.getTime() ?? null,
    ...(rotation?.usual ?? credentialSet(refusal === null ? preparedLinks : [], () => 'usual')),
    rotation,
    retries: routing.retries,
    retryBudget: new RetryBudget(),
    unusableVersionIds,
    credentialIds: links.map((link) => link.credentialId),
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

/** A link's injections. A new version that cannot be used is left alone: calls go on with the old one. */
function preparedLink(
  organizationId: string,
  link: LinkedCredential,
  upstream: UpstreamUrl,
  accessTokens: AccessTokens,
): PreparedLink | Refusal {
  const { rotation } = link;
  const usual = prepared({ ...link, ...rotation?.old }, upstream, accessTokens);
  if ('code' in usual || rotation === null) return usual;
  const fresh = prepared({ ...link, ...rotation.fresh }, upstream, accessTokens);
  return 'code' in fresh ? usual : { ...usual, rotation: { organizationId, ...rotation.running, fresh } };
}

/** A link's injection, or why no call can be made: a host not allowed, no value, none that can stand in its place. */
function prepared(
  { allowedHosts, injection, versionId, secretValue }: LinkedCredential,
  upstream: UpstreamUrl,
  accessTokens: AccessTokens,
): PreparedLink | Refusal {
  // Before the injection is read: a fault of its own must not hide that the upstream is not allowed.
  if (!hostAllowed(allowedHosts, upstream)) return hostNotAllowed(hostEntry(upstream));
  try {
    const parsed: Injection = parseInjection(injection);
    const forbidden = linkDestinations(parsed, upstream).find((url) => !hostAllowed(allowedHosts, url));
    if (forbidden !== undefined) return hostNotAllowed(hostEntry(forbidden));
    if (secretValue === null || versionId === null) return credentialUnavailable;
    const prepared = prepareInjection(parsed, secretValue, (link, clientSecret) =>
      accessTokens.source(versionId, {
        tokenUrl: link.token_url,
        clientId: link.client_id,
        clientSecret,
        scope: link.scope,
        audience: link.audience,
      }),
    );
    return { versionId, injection: prepared, rotation: null };
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
