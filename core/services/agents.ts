import type { Config } from '../config.ts';
import type { BreakerStateName } from '../domain/circuit-breaker.ts';
import type { Injection } from '../domain/injection.ts';
import { looksLikeId } from '../domain/names.ts';
import type { Price } from '../domain/price.ts';
import { routingOf } from '../domain/routing.ts';
import { notFound, PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { isUniqueViolation } from '../store/database.ts';
import { type Agent, Prisma } from '../store/generated/client.ts';
import { SHOWN_STATE } from './circuit-breakers.ts';
import { SCORE_SORT_KEY, SHOWN_SCORE } from './health-scores.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';
import { onlyRestorable, restorableBy } from './restorable.ts';

/** An agent that lives, by name or ID. Unknown, deleted and foreign ones answer alike. */
export async function findAgent(transaction: OrganizationTransaction, reference: string): Promise<Agent> {
  const agent = await transaction.agent.findFirst({
    where: { deletedAt: null, ...(looksLikeId(reference) ? { id: reference } : { name: reference }) },
  });
  if (agent === null) throw notFound('agent', reference);
  return agent;
}

/** An agent whose calls are on record: one that lives, or by its ID a deleted one. */
export async function findPastAgent(transaction: OrganizationTransaction, reference: string): Promise<Agent> {
  if (!looksLikeId(reference)) return findAgent(transaction, reference);
  const agent = await transaction.agent.findFirst({ where: { id: reference } });
  if (agent === null) throw notFound('agent', reference);
  return agent;
}

/**
 * A deleted agent that can still be restored: by ID, or by a name that exactly one such agent had.
 * @throws PublicError `conflict` with the candidates when several had it
 */
export async function findDeletedAgent(transaction: OrganizationTransaction, reference: string): Promise<Agent> {
  const candidates = await transaction.agent.findMany({
    where: restorableBy(reference),
    orderBy: { deletedAt: 'desc' },
  });
  return onlyRestorable('agent', reference, candidates);
}

/** Checks that a change starts from the version that its maker saw. */
export function checkVersion(row: { version: number }, expected: number | undefined): void {
  if (expected !== undefined && expected !== row.version) {
    throw new PublicError(
      'version_mismatch',
      `The version is ${row.version} by now, not ${expected}. Read it again, then repeat your change.`,
      {
        members: { version: row.version },
      },
    );
  }
}

/** Tells a taken name as a conflict. */
export async function nameConflict<T>(
  what: string,
  name: string,
  write: Promise<T>,
  advice = 'Choose another name.',
): Promise<T> {
  try {
    return await write;
  } catch (error) {
    if (!isUniqueViolation(error)) throw error;
    throw new PublicError('conflict', `There is already ${what} named "${name}". ${advice}`);
  }
}

/** An agent with all that callers see of it. */
interface AgentRow extends Agent {
  breakerState: BreakerStateName;
  links: { name: string; injection: Injection }[];
  lastUsedAt: Date | null;
  healthScore: number | null;
}

export interface AgentListing {
  q?: string | undefined;
  sort: 'name' | 'newest' | 'least_recently_used' | 'health';
  healthBelow?: number | undefined;
  unusedForSeconds?: number | undefined;
  deleted: boolean;
  limit: number;
  cursor?: string | undefined;
}

const SORT_KEYS = {
  name: Prisma.sql`a.name`,
  newest: Prisma.sql`(9e12 - extract(epoch FROM a.created_at) * 1000)::bigint::text`,
  least_recently_used: Prisma.sql`lpad((coalesce(extract(epoch FROM u.last_used_at), 0) * 1000)::bigint::text, 15, '0')`,
  health: SCORE_SORT_KEY,
};

/** One query: listing agents is what apps do most. */
const AGENT_ROW = Prisma.sql`SELECT a.id, a.organization_id AS "organizationId", a.name, a.labels,
  a.upstream_url AS "upstreamUrl", a.enabled, a.rate_limit_rpm AS "rateLimitRpm", a.rate_limit_burst AS "rateLimitBurst",
  a.routing, a.price, a.version, a.created_at AS "createdAt", a.updated_at AS "updatedAt", a.deleted_at AS "deletedAt",
  a.restorable_until AS "restorableUntil", u.last_used_at AS "lastUsedAt", ${SHOWN_STATE} AS "breakerState", (${SHOWN_SCORE})::float8 AS "healthScore",
  coalesce((SELECT json_agg(json_build_object('name', c.name, 'injection', l.injection) ORDER BY l.created_at)
    FROM credential_link l JOIN credential c ON c.id = l.credential_id
    WHERE l.agent_id = a.id AND c.deleted_at IS NULL), '[]') AS links`;
const AGENT_SOURCES = Prisma.sql`agent a LEFT JOIN last_use u ON u.subject_id = a.id
  LEFT JOIN circuit_breaker b ON b.agent_id = a.id LEFT JOIN agent_health h ON h.agent_id = a.id`;

/** Agents in a stable order. */
export async function listAgents(
  transaction: OrganizationTransaction,
  config: Config,
  { q, sort, healthBelow, unusedForSeconds, deleted, limit, cursor }: AgentListing,
): Promise<Page<AgentJson>> {
  const position = decodeCursor(cursor);
  const key = SORT_KEYS[sort];
  const conditions = [
    deleted ? Prisma.sql`a.deleted_at IS NOT NULL AND a.purged_at IS NULL` : Prisma.sql`a.deleted_at IS NULL`,
    ...(q === undefined
      ? []
      : [
          Prisma.sql`(strpos(a.name, ${q.toLowerCase()}) > 0 OR strpos(lower(a.upstream_url), ${q.toLowerCase()}) > 0 OR ${q} = ANY (a.labels))`,
        ]),
    ...(unusedForSeconds === undefined
      ? []
      : [Prisma.sql`coalesce(u.last_used_at, a.created_at) < now() - make_interval(secs => ${unusedForSeconds})`]),
    ...(healthBelow === undefined ? [] : [Prisma.sql`${SHOWN_SCORE} < ${healthBelow}`]),
    ...(position === undefined
      ? []
      : [Prisma.sql`(${key} COLLATE "C", a.id) > (${position.sort}, ${position.id}::uuid)`]),
  ];
  // The page first: the rest is read of its agents alone.
  const rows = await transaction.send<AgentRow & { sortKey: string }>(Prisma.sql`
    WITH page AS MATERIALIZED (
      SELECT a.id, ${key} AS sort_key FROM agent a LEFT JOIN last_use u ON u.subject_id = a.id
        LEFT JOIN agent_health h ON h.agent_id = a.id
      WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY ${key} COLLATE "C", a.id LIMIT ${limit + 1})
    ${AGENT_ROW}, page.sort_key AS "sortKey" FROM page JOIN (${AGENT_SOURCES}) ON a.id = page.id
    ORDER BY page.sort_key COLLATE "C", a.id`);
  return toPage(
    rows,
    limit,
    (row) => agentJson(row, config),
    (row) => ({ sort: row.sortKey, id: row.id }),
  );
}

export type AgentJson = ReturnType<typeof agentJson>;

function agentJson(agent: AgentRow, config: Config) {
  return {
    id: agent.id,
    name: agent.name,
    labels: agent.labels,
    upstream_url: agent.upstreamUrl,
    relay_url: `${config.relayUrl}/${agent.name}`,
    enabled: agent.enabled,
    rate_limit: agent.rateLimitRpm === null ? null : { rpm: agent.rateLimitRpm, burst: agent.rateLimitBurst },
    circuit_breaker: { state: agent.breakerState },
    health: { score: agent.healthScore },
    credentials: agent.links,
    routing: { ...routingOf(agent.routing) },
    price: agent.price as Price | null,
    version: agent.version,
    created_at: agent.createdAt.toISOString(),
    last_used_at: agent.lastUsedAt?.toISOString() ?? null,
    deleted_at: agent.deletedAt?.toISOString() ?? null,
    restorable_until: agent.restorableUntil?.toISOString() ?? null,
  };
}

/** One agent as callers see it. */
export async function describeAgent(
  transaction: OrganizationTransaction,
  { id }: Pick<Agent, 'id'>,
  config: Config,
): Promise<AgentJson> {
  const [row] = await transaction.send<AgentRow>(Prisma.sql`
    ${AGENT_ROW} FROM ${AGENT_SOURCES} WHERE a.id = ${id}::uuid`);
  if (row === undefined) throw notFound('agent', id);
  return agentJson(row, config);
}
