import type { OperationStep } from '../core/domain/long-running.ts';
import type { CredentialRotation } from '../core/domain/rotation.ts';
import { type Attempt, nextLookSeconds } from '../core/domain/rotation-workflow.ts';
import { valueMoment } from '../core/domain/value-request.ts';
import { rotatorOf } from '../core/services/credential-rotations.ts';
import { waitInOperation } from '../core/services/long-running.ts';
import type { Addressees } from '../core/services/member-addresses.ts';
import { giveNotice } from '../core/services/notices.ts';
import type { Credential, Operation } from '../core/store/generated/client.ts';
import { attemptDeliveries } from './alert-deliveries.ts';
import type { RotationDependencies } from './rotation-dependencies.ts';
import { lockRotation } from './rotation-rows.ts';

/** The step has begun when this is called. */
function valueAskedAt({ steps, createdAt }: Operation): number {
  const stage = (steps as unknown as OperationStep[]).find(({ name }) => name === 'stage');
  return stage?.started_at == null ? createdAt.getTime() : Date.parse(stage.started_at);
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
    const planned = await giveNotice(transaction, dependencies, {
      kind: 'value',
      severity: 'warning',
      target: { kind: 'credential', id: credential.id, name: credential.name },
      matter: operationId,
      occasion: `day ${moment.remindedDay}`,
      title: 'A new secret is needed',
      text: `"${credential.name}" is being rotated and waits for its new value.`,
      operationId,
      path: `/operations/${operationId}`,
      ...reminderOf(operation, credential, moment),
    });
    return { isOver: false as const, retryAfterSeconds, planned };
  });
  if (asked.isOver) return { outcome: 'refused', why: 'Nobody entered the new value in time.' };
  await attemptDeliveries(dependencies, asked.planned);
  return { outcome: 'later', retryAfterSeconds: asked.retryAfterSeconds };
}

/** Each reminder brings a new link and ends the one before. The first leaves that of the asker. */
function reminderOf(
  { requestedPersonId }: Operation,
  credential: Credential,
  { remindedDay, toAdmins }: { remindedDay: number; toAdmins: boolean },
) {
  const lookingAfter = [credential.ownerId, requestedPersonId].filter((id) => id !== null);
  const to: Addressees = toAdmins || lookingAfter.length === 0 ? { role: 'admin' } : { personIds: lookingAfter };
  const isFirst = remindedDay === 0 && requestedPersonId !== null;
  const personId = requestedPersonId ?? credential.ownerId ?? credential.createdBy;
  const settings = rotatorOf(credential);
  const text = [
    `The credential "${credential.name}" is being rotated. Make a new secret at its provider and enter it.`,
    settings.kind === 'manual' && settings.instructions !== undefined && settings.instructions,
    settings.kind === 'manual' &&
      settings.provider_url !== undefined &&
      `The provider's page: ${settings.provider_url}`,
    'The operation gives you a new link at any time.',
  ];
  return {
    to,
    longText: text.filter((line) => line !== false).join('\n\n'),
    ...(!isFirst && { entry: { credentialId: credential.id, personId } }),
  };
}
