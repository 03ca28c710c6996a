import { PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Prisma } from '../store/generated/client.ts';

const KEPT_HOURS = 24;

export interface IdempotencySlot {
  owner: string;
  key: string;
  operation: string;
  bodyHash: Buffer<ArrayBuffer>;
}

/**
 * Takes a key for this call, or recalls the answer of the call that had it. Two calls at once: the second waits at the
 * unique index until the first has committed.
 * @throws PublicError `conflict` when the key was used with another input
 */
export async function takeIdempotencySlot(
  transaction: OrganizationTransaction,
  { owner, key, operation, bodyHash }: IdempotencySlot,
): Promise<Record<string, unknown> | undefined> {
  const { organizationId } = transaction;
  await transaction.$executeRaw`
    DELETE FROM idempotency_record WHERE caller = ${owner} AND key = ${key} AND expires_at <= now()`;
  const taken = await transaction.$executeRaw`
    INSERT INTO idempotency_record (organization_id, caller, key, operation, body_hash, answer, expires_at)
    VALUES (${organizationId}::uuid, ${owner}, ${key}, ${operation}, ${bodyHash}, '{}',
      now() + make_interval(hours => ${KEPT_HOURS}))
    ON CONFLICT DO NOTHING`;
  if (taken === 1) return undefined;
  const earlier = await transaction.idempotencyRecord.findUniqueOrThrow({
    where: { organizationId_caller_key: { organizationId, caller: owner, key } },
  });
  if (earlier.operation !== operation || !bodyHash.equals(earlier.bodyHash)) {
    throw new PublicError(
      'conflict',
      'This idempotency key was used with another input. Take a new key for a new request.',
    );
  }
  return earlier.answer as Record<string, unknown>;
}

/** Keeps the answer, which must be without secret values and links. */
export async function keepAnswer(
  transaction: OrganizationTransaction,
  { owner, key }: IdempotencySlot,
  answer: Record<string, unknown>,
): Promise<void> {
  await transaction.idempotencyRecord.update({
    where: { organizationId_caller_key: { organizationId: transaction.organizationId, caller: owner, key } },
    data: { answer: answer as Prisma.InputJsonObject },
  });
}

/** Frees the key of a call that came to nothing, so that it can be tried again. */
export async function releaseSlot(
  transaction: OrganizationTransaction,
  { owner, key }: IdempotencySlot,
): Promise<void> {
  await transaction.idempotencyRecord.deleteMany({ where: { caller: owner, key } });
}
