import type { HealthParts } from '../domain/health-parts.ts';
import { HEALTH_STALE_MINUTES } from '../domain/health-score.ts';
import { partsInWords } from '../domain/health-words.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { Prisma } from '../store/generated/client.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';

/** Of `agent_health h`: the score as it may be shown. An old one says nothing about now. */
export const SHOWN_SCORE = Prisma.sql`CASE
  WHEN h.computed_at > now() - make_interval(mins => ${Prisma.raw(String(HEALTH_STALE_MINUTES))}) THEN h.score END`;

/** The lowest score first, agents without data last. */
export const SCORE_SORT_KEY = Prisma.sql`coalesce(lpad((${SHOWN_SCORE} * 10)::int::text, 4, '0'), 'none')`;

interface HealthRow {
  id: string;
  name: string;
  sortKey: string;
  score: number | null;
  calls: number | null;
  parts: HealthParts | null;
  since: Date | null;
  until: Date | null;
  computedAt: Date | null;
  credentialName: string | null;
}

/**
 * The health of living agents.
 * @param below only scores under this; agents without data have none
 * @param agentId this one alone
 */
export async function listHealthScores(
  transaction: OrganizationTransaction,
  {
    below,
    agentId,
    limit,
    cursor,
  }: { below?: number | undefined; agentId?: string | undefined; limit: number; cursor?: string | undefined },
): Promise<Page<HealthJson>> {
  const position = decodeCursor(cursor);
  const conditions = [
    Prisma.sql`a.deleted_at IS NULL`,
    ...(below === undefined ? [] : [Prisma.sql`${SHOWN_SCORE} < ${below}`]),
    ...(agentId === undefined ? [] : [Prisma.sql`a.id = ${agentId}::uuid`]),
    ...(position === undefined
      ? []
      : [Prisma.sql`(${SCORE_SORT_KEY} COLLATE "C", a.id) > (${position.sort}, ${position.id}::uuid)`]),
  ];
  const rows = await transaction.send<HealthRow>(Prisma.sql`
    SELECT a.id, a.name, ${SCORE_SORT_KEY} AS "sortKey", (${SHOWN_SCORE})::float8 AS score, h.calls::float8 AS calls, h.parts,
      h.since, h.until, h.computed_at AS "computedAt",
      (SELECT c.name FROM credential c WHERE c.id = (h.parts #>> '{credential,id}')::uuid) AS "credentialName"
    FROM agent a LEFT JOIN agent_health h ON h.agent_id = a.id
    WHERE ${Prisma.join(conditions, ' AND ')} ORDER BY ${SCORE_SORT_KEY} COLLATE "C", a.id LIMIT ${limit + 1}`);
  return toPage(rows, limit, healthJson, ({ id, sortKey }) => ({ sort: sortKey, id }));
}

export type HealthJson = ReturnType<typeof healthJson>;

function healthJson({ id, name, score, calls, parts, since, until, computedAt, credentialName }: HealthRow) {
  const isKnown = score !== null && calls !== null && parts !== null;
  return {
    agent: name,
    id,
    score,
    calls: isKnown ? calls : 0,
    parts: isKnown ? partsInWords(parts, calls, credentialName) : [],
    since: (isKnown && since?.toISOString()) || null,
    until: (isKnown && until?.toISOString()) || null,
    computed_at: computedAt?.toISOString() ?? null,
  };
}
