import type { OperationStep } from '../core/domain/long-running.ts';
import type { CredentialRotation } from '../core/domain/rotation.ts';
import { type Attempt, nextLookSeconds } from '../core/domain/rotation-workflow.ts';
import { valueMoment } from '../core/domain/value-request.ts';
import { rotatorOf } from '../core/services/credential-rotations.ts';
import { waitInOperation } from '../core/services/long-running.ts';
import { addressesOf, giveNotice, mailNotice } from '../core/services/notices.ts';
import { createEntryLink } from '../core/services/one-time-links.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { Credential, Operation } from '../core/store/generated/client.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';
import { lockRotation } from './rotation-rows.ts';

/** The step has begun when this is called. */
function valueAskedAt({ steps, createdAt }: Operation): number {
  const stage = (steps as unknown as OperationStep[]).find(({ name }) => name === 'stage');
  return stage?.started_at == null ? createdAt.getTime() : Date.parse(stage.started_at);
}

interface Reminder {
  to: string[];
  text: string;
}

/** Asks a person for the new value, reminds, asks admins too, and gives up after a month. */
export async function askForValue(dependencies: RotationDependencies, rotation: CredentialRotation): Promise<Attempt> {
  const { organizationId, operationId } = rotation;
  const now = dependencies.now();
  const asked = await dependencies.database.inOrganization(organizationId, async (transaction) => {
    const { operation, credential } = await lockRotation(transaction, rotation);
    const askedAt = valueAskedAt(operation);
    const moment = valueMoment(askedAt, now);
    if (moment.isOver) return { isOver: true as const };
    const retryAfterSeconds = nextLookSeconds({ askedAt, now, nextAt: moment.nextAt });
    await waitInOperation(transaction, operationId, {
      waitingFor: 'value',
      until: new Date(moment.nextAt),
      detail: 'A person has to enter the new value.',
    });
    const isNew = await giveNotice(transaction, {
      kind: 'value',
      target: { kind: 'credential', id: credential.id, name: credential.name },
      occasion: `${operationId}/day ${moment.remindedDay}`,
      text: `"${credential.name}" is being rotated and waits for its new value.`,
      operationId,
    });
    const reminder = isNew ? await prepareReminder(dependencies, transaction, operation, credential, moment) : null;
    return { isOver: false as const, retryAfterSeconds, reminder };
  });
  if (asked.isOver) return { outcome: 'refused', why: 'Nobody entered the new value in time.' };
  if (asked.reminder !== null) {
    await mailNotice(dependencies, asked.reminder.to, { subject: 'A new secret is needed', text: asked.reminder.text });
  }
  return { outcome: 'later', retryAfterSeconds: asked.retryAfterSeconds };
}

/** Each reminder brings a new link and ends the one before. The first leaves that of the asker. */
async function prepareReminder(
  { config }: RotationDependencies,
  transaction: OrganizationTransaction,
  operation: Operation,
  credential: Credential,
  { remindedDay, toAdmins }: { remindedDay: number; toAdmins: boolean },
): Promise<Reminder> {
  const page = `${config.publicUrl}/operations/${operation.id}?organization=${operation.organizationId}`;
  const personId = operation.requestedPersonId ?? credential.ownerId ?? credential.createdBy;
  const lookingAfter = [credential.ownerId, operation.requestedPersonId].filter((id) => id !== null);
  const to =
    toAdmins || lookingAfter.length === 0
      ? await addressesOf(transaction, { role: 'admin' })
      : await addressesOf(transaction, { personIds: lookingAfter });
  const isFirst = remindedDay === 0 && operation.requestedPersonId !== null;
  const link = isFirst
    ? null
    : await createEntryLink(transaction, { config }, { credentialId: credential.id, personId, proposedHosts: [] });
  const settings = rotatorOf(credential);
  const text = [
    `The credential "${credential.name}" is being rotated. Make a new secret at its provider and enter it.`,
    settings.kind === 'manual' && settings.instructions !== undefined && settings.instructions,
    settings.kind === 'manual' &&
      settings.provider_url !== undefined &&
      `The provider's page: ${settings.provider_url}`,
    link !== null && `Enter it here within 15 minutes: ${link.url}`,
    `The operation, where you get a new link at any time: ${page}`,
  ];
  return { to, text: `${text.filter((line) => line !== false).join('\n\n')}\n` };
}
