import { SYSTEM } from '../core/domain/caller.ts';
import { DEFAULT_ROTATION } from '../core/domain/rotation.ts';
import { dueReminder, RETRY_AFTER_DAYS, rotationPolicySchema } from '../core/domain/rotation-settings.ts';
import { DAY_MS } from '../core/domain/times.ts';
import { PublicError } from '../core/errors.ts';
import { recordAuditEvent } from '../core/services/audit.ts';
import { acceptRotation, rotationOf } from '../core/services/credential-rotations.ts';
import { endNotices, giveNotice } from '../core/services/notices.ts';
import type { DueRow, JobsDatabase } from '../core/store/jobs-database.ts';
import { attemptDeliveries, type DeliveringDependencies } from './alert-deliveries.ts';
import { forEachDue } from './for-each-due.ts';
import { heartbeating } from './heartbeating.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';

type DueDependencies = DeliveringDependencies & Pick<RotationDependencies, 'workflows'> & { jobs: JobsDatabase };

export type DueRotationActivities = ReturnType<typeof createDueRotationActivities>;

/** What the workflow `startDueRotations` does. Whatever is found due is looked at again under a lock. */
export function createDueRotationActivities(dependencies: DueDependencies) {
  const { jobs, now } = dependencies;
  return heartbeating({
    async startDue(): Promise<void> {
      await forEachDue(await jobs.dueRotations(new Date(now())), (row) => startRotation(dependencies, row));
    },
    async remindOfExpiries(): Promise<void> {
      await forEachDue(await jobs.expiringCredentials(new Date(now())), (row) => remind(dependencies, row));
      await forEachDue(await jobs.pastExpiryNotices(), ({ id, organizationId }) =>
        dependencies.database.inOrganization(organizationId, (transaction) =>
          endNotices(transaction, { id }, 'It does not expire then any more.'),
        ),
      );
    },
  });
}

async function startRotation(
  { database, workflows, now }: DueDependencies,
  { id, organizationId }: DueRow,
): Promise<void> {
  const rotation = await database.inOrganization(organizationId, async (transaction) => {
    await transaction.$queryRaw`SELECT id FROM credential WHERE id = ${id}::uuid FOR UPDATE`;
    const credential = await transaction.credential.findFirst({
      where: { id, status: 'active', rotationDueAt: { lte: new Date(now()) } },
    });
    if (credential === null) return null;
    // Whatever becomes of this one, the next is not before tomorrow; a success sets the right date.
    const rotationDueAt = new Date(now() + RETRY_AFTER_DAYS * DAY_MS);
    await transaction.credential.update({ where: { id }, data: { rotationDueAt } });
    const accepted = await acceptRotation(transaction, {
      credential,
      settings: DEFAULT_ROTATION,
      requestedBy: SYSTEM,
      requestedPersonId: null,
    }).catch((error: unknown) => {
      // The last one is being cancelled, which may take as long as its provider is away.
      if (error instanceof PublicError && error.code === 'conflict') return null;
      throw error;
    });
    if (accepted === null || accepted.joined) return null;
    const { operation } = accepted;
    await recordAuditEvent(transaction, {
      actor: SYSTEM,
      action: 'rotate_credential',
      status: 202,
      outcome: 'succeeded',
      target: { kind: 'credential', id, name: credential.name },
      requestId: operation.id,
      operationId: operation.id,
    });
    return rotationOf(operation);
  });
  // A start that is lost is made up for by the housekeeping, which finds the row.
  if (rotation !== null) await workflows.startCredentialRotation(rotation);
}

/** A credential that expires before it rotates by itself: its owner, or the admins, should know. */
async function remind(dependencies: DueDependencies, { id, organizationId }: DueRow): Promise<void> {
  const { database, now } = dependencies;
  const planned = await database.inOrganization(organizationId, async (transaction) => {
    const credential = await transaction.credential.findFirst({ where: { id, status: 'active' } });
    if (credential?.expiresAt == null) return [];
    const policy = rotationPolicySchema.parse(credential.rotationPolicy ?? {});
    const days = dueReminder(policy, credential.expiresAt.getTime(), now());
    if (days === null) return [];
    const day = credential.expiresAt.toISOString().slice(0, 10);
    return giveNotice(transaction, dependencies, {
      kind: 'credential_expires',
      severity: days <= 1 ? 'critical' : 'warning',
      target: { kind: 'credential', id, name: credential.name },
      matter: credential.expiresAt.toISOString(),
      occasion: `${days} days before`,
      title: 'A credential expires',
      text: `"${credential.name}" expires on ${day}. Rotate it before.`,
      path: '/credentials',
      to: credential.ownerId === null ? { role: 'admin' } : { personIds: [credential.ownerId] },
    });
  });
  await attemptDeliveries(dependencies, planned);
}
