import { setTimeout as pause } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import type { AgentDeletion } from '../core/domain/agent-deletion.ts';
import { DRAIN_LIMIT_SECONDS } from '../core/domain/long-running.ts';
import { beginStep } from '../core/services/long-running.ts';
import type { Database, OrganizationTransaction } from '../core/store/database.ts';
import type { RefusedCalls } from './agents.ts';
import { HEARD_WITHIN_SECONDS } from './relays.ts';

const LOOK_EVERY_MS = 500;

interface Traffic {
  /** Not restored meanwhile. */
  isDeleted: boolean;
  /** Relay processes that may still let new calls to the agent through. */
  unaware: number;
  /** Calls that began before the agent refused them. */
  inFlight: number;
}

/** What the live relay processes told last. A snapshot contains the changes of transactions below its own number. */
async function trafficOf(
  transaction: OrganizationTransaction,
  { agentId, operationId, changeXid }: AgentDeletion & RefusedCalls,
): Promise<Traffic> {
  const [traffic] = await transaction.$queryRaw<Traffic[]>`
    SELECT EXISTS (SELECT 1 FROM agent WHERE id = ${agentId}::uuid AND delete_operation_id = ${operationId}::uuid)
        AS "isDeleted",
      count(*) FILTER (WHERE snapshot_xid <= ${changeXid}::bigint)::int AS unaware,
      coalesce(sum((in_flight ->> ${agentId})::int), 0)::int AS "inFlight"
    FROM relay_process WHERE last_heartbeat_at > now() - make_interval(secs => ${HEARD_WITHIN_SECONDS})`;
  return traffic ?? { isDeleted: false, unaware: 0, inFlight: 0 };
}

/**
 * Waits until every live relay refuses the agent's calls and carries none, at most until a minute after the refusal:
 * the relays then cut what is left. Heartbeats, so that a dead worker's drain goes on elsewhere.
 * @returns how many calls were cut
 */
export async function drainCalls(
  database: Database,
  draining: AgentDeletion & RefusedCalls,
  now: () => number,
): Promise<{ callsCut: number }> {
  const { cancellationSignal, heartbeat } = Context.current();
  const endsAt = Date.parse(draining.deletedAt) + DRAIN_LIMIT_SECONDS * 1_000;
  await database.inOrganization(draining.organizationId, (transaction) =>
    beginStep(transaction, draining.operationId, 'drain'),
  );
  let inFlight = 0;
  for (;;) {
    const isOver = now() >= endsAt;
    const traffic = await database.inOrganization(draining.organizationId, (transaction) =>
      trafficOf(transaction, draining),
    );
    if (!traffic.isDeleted) return { callsCut: 0 };
    // The relays may have cut already: what the look before saw counts too.
    if (isOver) return { callsCut: Math.max(inFlight, traffic.inFlight) };
    if (traffic.unaware === 0 && traffic.inFlight === 0) return { callsCut: 0 };
    inFlight = traffic.inFlight;
    heartbeat();
    await pause(LOOK_EVERY_MS, undefined, { signal: cancellationSignal });
  }
}
