import type pg from 'pg';
import type { Logger } from '../../core/log.ts';
import type { AccessTokens } from '../../core/outbound/access-tokens.ts';
import type { Vault } from '../../core/vault/vault.ts';
import { limitsOfAgentKey } from '../limits/limit.ts';
import { type AgentRow, buildRoute, type LinkedCredential } from './build-route.ts';
import { type NamedChanges, noChanges } from './changes.ts';
import { type LinkRow, openSecrets } from './open-secrets.ts';
import { applyPlans, readPlanRows } from './read-plans.ts';
import type { Route, Snapshot } from './snapshot.ts';

/** Where a reading comes from, and where it goes. */
export interface SnapshotReading {
  client: pg.ClientBase;
  vault: Vault;
  snapshot: Snapshot;
  accessTokens: AccessTokens;
  log: Logger;
}

/** Reads everything: any transaction ID is at least this. */
export const FROM_THE_BEGINNING = '0';

// A row changed by a transaction that was unfinished at the last read carries an ID of at least that read's xmin, so
// nothing committed late is missed (a sequence or a time stamp would miss it).
const CHANGED_AGENTS = `
  SELECT id, organization_id AS "organizationId", name, upstream_url AS "upstreamUrl", enabled, routing, price,
    rate_limit_rpm AS "rateLimitRpm", rate_limit_burst AS "rateLimitBurst", circuit_breaker AS "circuitBreaker",
    breaker_override AS "breakerOverride", breaker_reset_at AS "breakerResetAt",
    deleted_at AS "deletedAt", purged_at AS "purgedAt"
  FROM agent WHERE id IN (
    SELECT id FROM agent WHERE change_xid >= $1::xid8
    UNION SELECT agent_id FROM credential_link WHERE change_xid >= $1::xid8
    UNION SELECT l.agent_id FROM credential_link l JOIN credential c ON c.id = l.credential_id
      WHERE c.change_xid >= $1::xid8
    UNION SELECT l.agent_id FROM credential_link l JOIN credential_version v ON v.credential_id = l.credential_id
      WHERE v.change_xid >= $1::xid8
    UNION SELECT unnest($2::uuid[]))`;

// One row for each version that calls may carry: the current one, and both of a rotation.
const LINKS = `
  SELECT l.agent_id AS "agentId", l.organization_id AS "organizationId", l.credential_id AS "credentialId", l.injection,
    coalesce(c.allowed_hosts, '{}') AS "allowedHosts", c.rotation, v.id AS "versionId", v.state = 'current' AS "isCurrent",
    v.sealed, v.wrapped_key AS "wrappedKey", v.wrap_key_id AS "wrapKeyId"
  FROM credential_link l
  JOIN credential c ON c.id = l.credential_id
  LEFT JOIN credential_version v ON v.credential_id = c.id AND c.status <> 'deleted' AND (v.state = 'current'
    OR v.id IN ((c.rotation ->> 'new_version_id')::uuid, (c.rotation ->> 'old_version_id')::uuid))
  WHERE l.agent_id = ANY($1::uuid[])
  ORDER BY l.created_at, l.credential_id`;

const CHANGED_KEYS = `
  SELECT id, organization_id AS "organizationId", agent_id AS "agentId", hash, revoked_at IS NOT NULL AS revoked,
    rate_limit_rpm AS "rateLimitRpm"
  FROM agent_key WHERE change_xid >= $1::xid8 OR id = ANY($2::uuid[])`;

// A clean stop takes the row away; a process that died is noticed after some missed heartbeats.
const LIVE_PROCESSES = `
  SELECT id FROM relay_process WHERE last_heartbeat_at > now() - interval '10 seconds' ORDER BY id`;

interface KeyRow {
  id: string;
  organizationId: string;
  agentId: string | null;
  hash: Buffer;
  revoked: boolean;
  rateLimitRpm: number | null;
}

type AgentReading = AgentRow & { purgedAt: Date | null };

/**
 * Brings the snapshot up to date: with all rows changed by transactions from `sinceXid` on, and with the rows that
 * notifications named (which also finds those that are gone).
 * @returns the snapshot's transaction ID: every change of transactions below it is now applied
 * @throws what Postgres throws; the snapshot is then as it was
 */
export async function readChanges(
  { client, vault, snapshot, accessTokens, log }: SnapshotReading,
  sinceXid: string,
  named: NamedChanges = noChanges(),
): Promise<string> {
  const { secretValues } = snapshot;
  const unopened = secretValues.takeAgentsWithUnopened();
  const namedAgents = [...named.agents, ...snapshot.agentsWith(named.credentials), ...unopened];
  const { xid, agents, links, keys, plans, processes } = await readRows(client, sinceXid, {
    agentIds: namedAgents,
    keyIds: [...named.agentKeys],
    organizationIds: [...named.plans],
    month: snapshot.plans.month(Date.now()).name,
  });
  const isFullRead = sinceXid === FROM_THE_BEGINNING;
  const credentials = await openSecrets(links, { vault, secretValues, accessTokens, log }, isFullRead);

  const agentIds = new Set(agents.map((agent) => agent.id));
  const keyIds = new Set(keys.map((key) => key.id));
  if (isFullRead) snapshot.retain(agentIds, keyIds);
  for (const id of namedAgents) if (!agentIds.has(id)) snapshot.removeRoute(id);
  for (const id of named.agentKeys) if (!keyIds.has(id)) snapshot.removeKey(id);
  for (const agent of agents) {
    const route = agent.purgedAt === null ? routeOf(agent, credentials.get(agent.id) ?? [], accessTokens, log) : null;
    if (route === null) snapshot.removeRoute(agent.id);
    else snapshot.setRoute(route);
  }
  for (const { id, organizationId, agentId, hash, revoked, rateLimitRpm } of keys) {
    const limits = limitsOfAgentKey(id, rateLimitRpm);
    if (revoked) snapshot.removeKey(id);
    else snapshot.setKey(hash.toString('base64url'), { id, organizationId, agentId, limits });
  }
  applyPlans(snapshot.plans, plans, named.plans, isFullRead);
  snapshot.processIds = processes.map(({ id }) => id);
  return xid;
}

/** A row that cannot be understood must not stop the reading of all others: its agent is then not found. */
function routeOf(
  agent: AgentRow,
  links: readonly LinkedCredential[],
  accessTokens: AccessTokens,
  log: Logger,
): Route | null {
  try {
    const route = buildRoute(agent, links, accessTokens);
    const { unusableVersionIds: versionIds } = route;
    if (versionIds.length > 0) log.warn({ agentId: agent.id, versionIds }, 'new values cannot be sent for now');
    return route;
  } catch (error) {
    log.error({ agentId: agent.id, reason: (error as Error).message }, 'an agent cannot be served');
    return null;
  }
}

/** One repeatable-read transaction, so that agents, links and keys are of one moment. */
async function readRows(
  client: pg.ClientBase,
  sinceXid: string,
  wanted: { agentIds: string[]; keyIds: string[]; organizationIds: string[]; month: string },
) {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const { rows: moment } = await client.query<{ xid: string }>(
      'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xid',
    );
    const { rows: agents } = await client.query<AgentReading>(CHANGED_AGENTS, [sinceXid, wanted.agentIds]);
    const { rows: links } = await client.query<LinkRow>(LINKS, [agents.map((agent) => agent.id)]);
    const { rows: keys } = await client.query<KeyRow>(CHANGED_KEYS, [sinceXid, wanted.keyIds]);
    const plans = await readPlanRows(client, sinceXid, wanted.organizationIds, wanted.month);
    const { rows: processes } = await client.query<{ id: string }>(LIVE_PROCESSES);
    return { xid: moment[0]?.xid ?? sinceXid, agents, links, keys, plans, processes };
  } finally {
    await client.query('COMMIT');
  }
}
