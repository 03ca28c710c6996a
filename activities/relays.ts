import { SILENT_RELAY_SECONDS } from '../core/domain/rotation.ts';
import type { Attempt, Change } from '../core/domain/rotation-workflow.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';

/** A relay process that was silent for longer is taken for dead: it carries no calls that anybody watches or waits for. */
export const HEARD_WITHIN_SECONDS = 15;

export type RelaysCounted = 'heard' | 'all';

const silenceOf = (which: RelaysCounted) => (which === 'heard' ? HEARD_WITHIN_SECONDS : SILENT_RELAY_SECONDS);

/**
 * How many relay processes do not know a change yet. A snapshot contains the changes of transactions below its own number.
 * @param which `heard`: those that told something lately; `all`: a silent one counts as live until it deregisters, or
 * until it would refuse all calls by itself
 */
export async function relaysUnaware(
  transaction: OrganizationTransaction,
  changeXid: string,
  which: RelaysCounted,
): Promise<number> {
  const seconds = silenceOf(which);
  const [row] = await transaction.$queryRaw<{ unaware: number }[]>`
    SELECT count(*)::int AS unaware FROM relay_process
    WHERE snapshot_xid <= ${changeXid}::bigint AND last_heartbeat_at > now() - make_interval(secs => ${seconds})`;
  return row?.unaware ?? 0;
}

/** How many relay processes know of a rotation but cannot send its new version: it does not open, or fits no link. */
export async function relaysUnable(
  transaction: OrganizationTransaction,
  newVersionId: string,
  which: RelaysCounted,
): Promise<number> {
  const seconds = silenceOf(which);
  const [row] = await transaction.$queryRaw<{ unable: number }[]>`
    SELECT count(*)::int AS unable FROM relay_process
    WHERE ${newVersionId}::uuid = ANY(unusable_versions) AND last_heartbeat_at > now() - make_interval(secs => ${seconds})`;
  return row?.unable ?? 0;
}

/** Relays that live answer within a second; one that is silent is waited for, for minutes. */
export function untilRelaysKnow(looks: number): number {
  return Math.min(10, (looks + 1) / 2);
}

/** Whether every relay knows a change, also those that have been silent. */
export async function lookAtRelays(
  { database }: Pick<RotationDependencies, 'database'>,
  { organizationId, changeXid, looks }: { organizationId: string; looks: number } & Change,
): Promise<Attempt> {
  const unaware = await database.inOrganization(organizationId, (transaction) =>
    relaysUnaware(transaction, changeXid, 'all'),
  );
  return unaware === 0 ? { outcome: 'done' } : { outcome: 'later', retryAfterSeconds: untilRelaysKnow(looks) };
}
