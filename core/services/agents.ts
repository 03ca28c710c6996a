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
import { breakerStates } from './circuit-breakers.ts';
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

interface AgentRow extends Agent {
  last_used_at: Date | null;
  sort_key: string;
}

export interface AgentListing {
  q?: string | undefined;
  sort: 'name' | 'newest' | 'least_recently_used';
  unusedForSeconds?: number | undefined;
  deleted: boolean;
  limit: number;
  cursor?: string | undefined;
}

const SORT_KEYS = {
  name: Prisma.sql`a.name`,
  newest: Prisma.sql`(9e12 - extract(epoch FROM a.created_at) * 1000)::bigint::text`,
  least_recently_used: Prisma.sql`lpad((coalesce(extract(epoch FROM u.last_used_at), 0) * 1000)::bigint::text, 15, '0')`,
};

const AGENT_COLUMNS = Prisma.sql`a.id, a.organization_id AS "organizationId", a.name, a.labels,
  a.upstream_url AS "upstreamUrl", a.enabled, a.rate_limit_rpm AS "rateLimitRpm", a.rate_limit_burst AS "rateLimitBurst",
  a.routing, a.price, a.version, a.created_at AS "createdAt", a.updated_at AS "updatedAt", a.deleted_at AS "deletedAt",
  a.restorable_until AS "restorableUntil", u.last_used_at`;

/** Agents in a stable order. */
export async function listAgents(
  transaction: OrganizationTransaction,
  config: Config,
  { q, sort, unusedForSeconds, deleted, limit, cursor }: AgentListing,
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
    ...(position === undefined
      ? []
      : [Prisma.sql`(${key} COLLATE "C", a.id) > (${position.sort}, ${position.id}::uuid)`]),
  ];
  const rows = await transaction.$queryRaw<AgentRow[]>`
    SELECT ${AGENT_COLUMNS}, ${key} AS sort_key FROM agent a LEFT JOIN last_use u ON u.subject_id = a.id
    WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY ${key} COLLATE "C", a.id LIMIT ${limit + 1}`;
  const links = await linksOf(transaction, rows);
  const states = await breakerStates(
    transaction,
    rows.map(({ id }) => id),
  );
  return toPage(
    rows,
    limit,
    (row) => agentJson(row, links.get(row.id) ?? [], states.get(row.id) ?? 'closed', row.last_used_at, config),
    (row) => ({ sort: row.sort_key, id: row.id }),
  );
}

type LinkJson = { name: string; injection: Injection };

async function linksOf(
  transaction: OrganizationTransaction,
  agents: { id: string }[],
): Promise<Map<string, LinkJson[]>> {
  const links = await transaction.credentialLink.findMany({
    where: { agentId: { in: agents.map(({ id }) => id) }, credential: { deletedAt: null } },
    include: { credential: { select: { name: true } } },
    orderBy: { createdAt: 'asc' },
  });
  const byAgent = new Map<string, LinkJson[]>();
  for (const { agentId, credential, injection } of links) {
    const list = byAgent.get(agentId) ?? [];
    list.push({ name: credential.name, injection: injection as unknown as Injection });
    byAgent.set(agentId, list);
  }
  return byAgent;
}

export type AgentJson = ReturnType<typeof agentJson>;

function agentJson(
  agent: Agent,
  credentials: LinkJson[],
  breakerState: BreakerStateName,
  lastUsedAt: Date | null,
  config: Config,
) {
  return {
    id: agent.id,
    name: agent.name,
    labels: agent.labels,
    upstream_url: agent.upstreamUrl,
    relay_url: `${config.relayUrl}/${agent.name}`,
    enabled: agent.enabled,
    rate_limit: agent.rateLimitRpm === null ? null : { rpm: agent.rateLimitRpm, burst: agent.rateLimitBurst },
    circuit_breaker: { state: breakerState },
    health: { score: null },
    credentials,
    routing: { ...routingOf(agent.routing) },
    price: agent.price as Price | null,
    version: agent.version,
    created_at: agent.createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
    deleted_at: agent.deletedAt?.toISOString() ?? null,
    restorable_until: agent.restorableUntil?.toISOString() ?? null,
  };
}

/** One agent as callers see it. */
export async function describeAgent(
  transaction: OrganizationTransaction,
  agent: Agent,
  config: Config,
): Promise<AgentJson> {
  const links = await linksOf(transaction, [agent]);
  const use = await transaction.lastUse.findUnique({ where: { subjectId: agent.id } });
  const states = await breakerStates(transaction, [agent.id]);
  return agentJson(agent, links.get(agent.id) ?? [], states.get(agent.id) ?? 'closed', use?.lastUsedAt ?? null, config);
}
