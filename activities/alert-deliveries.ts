import { setTimeout as pause } from 'node:timers/promises';
import type { Dependencies } from '../core/dependencies.ts';
import type { AlertDeliveryActivities } from '../core/domain/alert-notification.ts';
import type { EntryRequest } from '../core/domain/delivery-message.ts';
import { recordSystemEvent } from '../core/services/audit.ts';
import { type ClaimedDelivery, claimDelivery, recordOutcome } from '../core/services/delivery-attempts.ts';
import { planDeliveries } from '../core/services/delivery-plan.ts';
import { createEntryLink } from '../core/services/one-time-links.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { DueRow, JobsDatabase } from '../core/store/jobs-database.ts';
import { forEachDue } from './for-each-due.ts';
import { heartbeating } from './heartbeating.ts';
import { type SendingDependencies, sendDelivery } from './send-delivery.ts';

export type DeliveringDependencies = Pick<Dependencies, 'database'> & SendingDependencies & { now: () => number };

export type ChannelKeepingActivities = ReturnType<typeof createChannelActivities>;

/** Mail servers take no more connections from one client. */
const ORGANIZATIONS_AT_ONCE = 32;

/** What the workflow `keepChannels` does, and what others have told by channels; each may be done again at any time. */
export function createChannelActivities(dependencies: DeliveringDependencies & { jobs: JobsDatabase }) {
  const { database, jobs, now } = dependencies;
  const deliver: AlertDeliveryActivities = {
    async deliverAlertNotification(notification, channelIds) {
      const { organizationId, alertId, sequence } = notification;
      // A notice of the system told of itself; that somebody saw to it is no news.
      if (notification.kind !== 'rule') return;
      const message = { type: 'alert' as const, ...notification };
      const planned = await database.inOrganization(organizationId, (transaction) =>
        planDeliveries(transaction, dependencies, { alertId, sequence, message, channelIds }),
      );
      await attemptDeliveries(dependencies, planned);
    },
  };
  return heartbeating({
    ...deliver,

    /** One organization's receivers that are slow keep no other's waiting. */
    async deliverDue(): Promise<void> {
      const due = Map.groupBy(await jobs.dueDeliveries(new Date(now())), ({ organizationId }) => organizationId);
      const left = due.values();
      const work = async () => {
        for (const rows of left) await forEachDue(rows, (row) => attemptDelivery(dependencies, row));
      };
      await allOf(Array.from({ length: ORGANIZATIONS_AT_ONCE }, work));
    },

    async purgeDeletedChannels(): Promise<void> {
      await forEachDue(await jobs.purgeableChannels(), ({ id, organizationId }) =>
        database.inOrganization(organizationId, (transaction) => purgeChannel(transaction, id)),
      );
    },
  });
}

/** One that fails keeps none of the others from being done; the first fault is told in the end. */
async function allOf(works: Promise<void>[]): Promise<void> {
  const fault = (await Promise.allSettled(works)).find(({ status }) => status === 'rejected');
  if (fault?.status === 'rejected') throw fault.reason;
}

/** Makes the attempts of deliveries that were just planned. What is left undone, the schedule does. */
export function attemptDeliveries(dependencies: DeliveringDependencies, planned: readonly DueRow[]): Promise<void> {
  return allOf(planned.map((delivery) => attemptDelivery(dependencies, delivery)));
}

/** Makes the attempt that is due, if one is. What the receiver does is recorded; only our own faults are thrown. */
async function attemptDelivery(dependencies: DeliveringDependencies, row: DueRow): Promise<void> {
  const { database, now } = dependencies;
  const claimed = await database.inOrganization(row.organizationId, (transaction) =>
    claimDelivery(transaction, row.id, now()),
  );
  if (claimed === null) return;
  const outcome = await sendDelivery(dependencies, claimed, await entryUrlFor(dependencies, claimed));
  await insistently(() =>
    database.inOrganization(row.organizationId, (transaction) => recordOutcome(transaction, claimed, outcome, now())),
  );
}

/** Invariant 1: made when its mail is sent, so it is new when it is read and stands in no row; it ends the one before. */
async function entryUrlFor(
  { database, config }: DeliveringDependencies,
  { organizationId, message, isPointless }: ClaimedDelivery,
): Promise<string | null> {
  const { entry } = message as { entry?: EntryRequest };
  if (entry === undefined || isPointless) return null;
  const link = await database.inOrganization(organizationId, (transaction) =>
    createEntryLink(transaction, { config }, { ...entry, proposedHosts: [] }),
  );
  return link.url;
}

const RECORD_TRIES = 5;
const RECORD_PAUSE_MS = 1_000;

/** What is known now would be unknown for ever if a database that is away for a moment kept it from being written down. */
async function insistently(write: () => Promise<void>): Promise<void> {
  for (let left = RECORD_TRIES - 1; left > 0; left -= 1) {
    try {
      return await write();
    } catch {
      await pause(RECORD_PAUSE_MS);
    }
  }
  await write();
}

/** Invariant 8: only after its seven days. The row stays as a tombstone, because deliveries keep its name. */
async function purgeChannel(transaction: OrganizationTransaction, id: string): Promise<void> {
  await transaction.$queryRaw`SELECT id FROM channel WHERE id = ${id}::uuid FOR UPDATE`;
  const channel = await transaction.channel.findFirst({
    where: { id, deletedAt: { not: null }, purgedAt: null, restorableUntil: { lt: new Date() } },
  });
  if (channel === null) return;
  const nothing = { addresses: [], url: null, sealed: null, wrappedKey: null, wrapKeyId: null, fingerprint: null };
  await transaction.channel.update({ where: { id }, data: { ...nothing, purgedAt: new Date() } });
  await recordSystemEvent(transaction, {
    action: 'purge_channel',
    target: { kind: 'channel', id, name: channel.name },
  });
}
