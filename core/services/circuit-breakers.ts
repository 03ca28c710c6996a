import type { BreakerEvidence, BreakerReason, BreakerStateName } from '../domain/circuit-breaker.ts';
import { type BreakerOverride, breakerSettingsOf } from '../domain/circuit-breaker-settings.ts';
import { whyInWords } from '../domain/circuit-breaker-words.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { type Agent, Prisma } from '../store/generated/client.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';

const CHANGES_SHOWN = 5;

/**
 * A breaker's state as it is now: what a person holds it at stands above what the relay told last, and an open one whose
 * cool-down is over lets the next call try the upstream, whether a call has come since or not.
 */
export const SHOWN_STATE = Prisma.sql`CASE
  WHEN (a.breaker_override ->> 'until')::timestamptz > now() THEN a.breaker_override ->> 'state'
  WHEN b.state = 'open' AND b.next_probe_at <= now() THEN 'half_open'
  ELSE coalesce(b.state, 'closed') END`;

interface BreakerRow {
  id: string;
  name: string;
  version: number;
  createdAt: Date;
  settings: unknown;
  override: BreakerOverride | null;
  shownState: BreakerStateName;
  state: BreakerStateName | null;
  since: Date | null;
  why: BreakerReason | null;
  evidence: BreakerEvidence | null;
  nextProbeAt: Date | null;
}

interface ChangeRow {
  agentId: string;
  time: Date;
  from: BreakerStateName;
  to: BreakerStateName;
  why: BreakerReason;
  evidence: BreakerEvidence;
}

/** The present states of agents' breakers, by agent ID. */
export async function breakerStates(
  transaction: OrganizationTransaction,
  agentIds: readonly string[],
): Promise<Map<string, BreakerStateName>> {
  const rows = await transaction.$queryRaw<{ id: string; state: BreakerStateName }[]>`
    SELECT a.id, ${SHOWN_STATE} AS state FROM agent a LEFT JOIN circuit_breaker b ON b.agent_id = a.id
    WHERE a.id = ANY (${agentIds}::uuid[])`;
  return new Map(rows.map(({ id, state }) => [id, state]));
}

/** The breakers of living agents, by the agents' names. @param agentId this one's alone */
export async function listCircuitBreakers(
  transaction: OrganizationTransaction,
  {
    state,
    agentId,
    limit,
    cursor,
  }: {
    state?: BreakerStateName | undefined;
    agentId?: string | undefined;
    limit: number;
    cursor?: string | undefined;
  },
): Promise<Page<CircuitBreakerJson>> {
  const position = decodeCursor(cursor);
  const conditions = [
    Prisma.sql`a.deleted_at IS NULL`,
    ...(state === undefined ? [] : [Prisma.sql`${SHOWN_STATE} = ${state}`]),
    ...(agentId === undefined ? [] : [Prisma.sql`a.id = ${agentId}::uuid`]),
    ...(position === undefined
      ? []
      : [Prisma.sql`(a.name COLLATE "C", a.id) > (${position.sort}, ${position.id}::uuid)`]),
  ];
  const rows = await readRows(transaction, Prisma.join(conditions, ' AND '), limit + 1);
  const changes = await lastChanges(transaction, rows);
  return toPage(
    rows,
    limit,
    (row) => circuitBreakerJson(row, changes.get(row.id) ?? []),
    (row) => ({ sort: row.name, id: row.id }),
  );
}

/** One agent's breaker as callers see it. */
export async function describeCircuitBreaker(
  transaction: OrganizationTransaction,
  agentId: string,
): Promise<CircuitBreakerJson> {
  const rows = await readRows(transaction, Prisma.sql`a.id = ${agentId}::uuid`, 1);
  const [row] = rows;
  if (row === undefined) throw new Error(`no agent ${agentId}`);
  const changes = await lastChanges(transaction, rows);
  return circuitBreakerJson(row, changes.get(agentId) ?? []);
}

/** Notes what a person did to a breaker, in the transaction of the deed. */
export async function recordBreakerChange(
  transaction: OrganizationTransaction,
  agentId: string,
  change: { from: BreakerStateName; to: BreakerStateName; why: BreakerReason; evidence: BreakerEvidence },
): Promise<void> {
  await transaction.circuitBreakerEvent.create({
    data: {
      organizationId: transaction.organizationId,
      agentId,
      time: new Date(),
      fromState: change.from,
      toState: change.to,
      why: change.why,
      evidence: { ...change.evidence } as Prisma.InputJsonObject,
    },
  });
}

/** Closes a breaker and ends what is held by hand. The relays learn of it with the agent's row. */
export async function resetCircuitBreaker(
  transaction: OrganizationTransaction,
  agent: Pick<Agent, 'id'>,
  by: string,
): Promise<void> {
  const from = (await breakerStates(transaction, [agent.id])).get(agent.id) ?? 'closed';
  // Never the same moment twice: the relays tell resets apart by it.
  const [reset] = await transaction.$queryRaw<{ at: Date }[]>`
    UPDATE agent SET breaker_override = NULL,
      breaker_reset_at = greatest(now(), breaker_reset_at + interval '1 millisecond')
    WHERE id = ${agent.id}::uuid RETURNING breaker_reset_at AS at`;
  const at = reset?.at ?? new Date();
  const closed = { state: 'closed', since: at, why: 'reset', evidence: { by }, nextProbeAt: null, coolDownMs: 0 };
  await transaction.circuitBreaker.upsert({
    where: { agentId: agent.id },
    create: { agentId: agent.id, organizationId: transaction.organizationId, resetAt: at, ...closed },
    update: { resetAt: at, updatedAt: new Date(), ...closed },
  });
  await recordBreakerChange(transaction, agent.id, { from, to: 'closed', why: 'reset', evidence: { by } });
}

function readRows(transaction: OrganizationTransaction, condition: Prisma.Sql, limit: number): Promise<BreakerRow[]> {
  return transaction.$queryRaw<BreakerRow[]>`
    SELECT a.id, a.name, a.version, a.created_at AS "createdAt", a.circuit_breaker AS settings,
      CASE WHEN (a.breaker_override ->> 'until')::timestamptz > now() THEN a.breaker_override END AS override,
      ${SHOWN_STATE} AS "shownState", b.state, b.since, b.why, b.evidence, b.next_probe_at AS "nextProbeAt"
    FROM agent a LEFT JOIN circuit_breaker b ON b.agent_id = a.id
    WHERE ${condition} ORDER BY a.name COLLATE "C", a.id LIMIT ${limit}`;
}

async function lastChanges(
  transaction: OrganizationTransaction,
  breakers: readonly BreakerRow[],
): Promise<Map<string, ChangeRow[]>> {
  const rows = await transaction.$queryRaw<ChangeRow[]>`
    SELECT e.* FROM unnest(${breakers.map(({ id }) => id)}::uuid[]) AS wanted (id) CROSS JOIN LATERAL (
      SELECT agent_id AS "agentId", time, from_state AS "from", to_state AS "to", why, evidence
      FROM circuit_breaker_event
      WHERE organization_id = ${transaction.organizationId}::uuid AND agent_id = wanted.id
      ORDER BY time DESC, id DESC LIMIT ${CHANGES_SHOWN}) e`;
  return Map.groupBy(rows, ({ agentId }) => agentId);
}

export type CircuitBreakerJson = ReturnType<typeof circuitBreakerJson>;

function circuitBreakerJson(row: BreakerRow, changes: readonly ChangeRow[]) {
  const { override } = row;
  return {
    agent: row.name,
    ...(override === null ? foundOut(row) : heldByHand(override)),
    settings: {
      ...breakerSettingsOf(row.settings),
      failure_statuses: [...breakerSettingsOf(row.settings).failure_statuses],
    },
    override: override === null ? null : { state: override.state, until: override.until, by: override.by },
    changes: changes.map(({ time, from, to, why, evidence }) => ({
      time: time.toISOString(),
      from,
      to,
      why: whyInWords(why, evidence),
    })),
    version: row.version,
  };
}

function heldByHand({ state, since, until, by }: BreakerOverride) {
  const why = whyInWords(state === 'open' ? 'opened_by_hand' : 'closed_by_hand', { by, until });
  return { state, why, since, next_probe_at: null, evidence: { by, until } };
}

function foundOut({ shownState, state, since, why, evidence, nextProbeAt, createdAt }: BreakerRow) {
  if (state === null || since === null || why === null || evidence === null) {
    return { state: shownState, why: null, since: createdAt.toISOString(), next_probe_at: null, evidence: {} };
  }
  const isDue = nextProbeAt !== null && nextProbeAt.getTime() <= Date.now();
  const hasCooled = state === 'open' && shownState === 'half_open';
  return {
    state: shownState,
    why: whyInWords(hasCooled ? 'cool_down_over' : why, evidence),
    since: (hasCooled ? (nextProbeAt ?? since) : since).toISOString(),
    next_probe_at: isDue ? null : (nextProbeAt?.toISOString() ?? null),
    evidence,
  };
}
