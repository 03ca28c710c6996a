import type { Dependencies } from '../core/dependencies.ts';
import { isFinal, type OperationStatus } from '../core/domain/long-running.ts';
import type { EmailSending } from '../core/domain/outgoing-email.ts';
import type { OrganizationTransaction } from '../core/store/database.ts';
import type { Mailbox, Operation, OutgoingEmail } from '../core/store/generated/client.ts';

export interface SendingDependencies
  extends Pick<Dependencies, 'config' | 'log' | 'database' | 'vault' | 'mail' | 'workflows' | 'instanceKeys'> {
  /** Milliseconds since 1970; tests that skip time bring their own. */
  now: () => number;
}

export interface SendingRows {
  operation: Operation;
  email: OutgoingEmail;
  mailbox: Mailbox;
  /** A person wants it ended, or it has ended. */
  isStopped: boolean;
}

/** Locks a sending's rows, the operation's first as whoever cancels or resolves it does. */
export async function lockSending(
  transaction: OrganizationTransaction,
  { operationId, outgoingEmailId }: EmailSending,
): Promise<SendingRows> {
  await transaction.$queryRaw`SELECT id FROM operation WHERE id = ${operationId}::uuid FOR UPDATE`;
  await transaction.$queryRaw`SELECT id FROM outgoing_email WHERE id = ${outgoingEmailId}::uuid FOR UPDATE`;
  const operation = await transaction.operation.findUniqueOrThrow({ where: { id: operationId } });
  const { mailbox, ...email } = await transaction.outgoingEmail.findUniqueOrThrow({
    where: { id: outgoingEmailId },
    include: { mailbox: true },
  });
  const isStopped = operation.cancelRequest !== null || isFinal(operation.status as OperationStatus);
  return { operation, email, mailbox, isStopped };
}

export function withSending<T>(
  { database }: Pick<SendingDependencies, 'database'>,
  sending: EmailSending,
  work: (transaction: OrganizationTransaction, rows: SendingRows) => Promise<T>,
): Promise<T> {
  return database.inOrganization(sending.organizationId, async (transaction) =>
    work(transaction, await lockSending(transaction, sending)),
  );
}

/**
 * The receiving server has it: nothing sends it any more.
 * @param answer the server's words; null: it was found out otherwise
 */
export async function settleSent(
  transaction: OrganizationTransaction,
  { id }: Pick<OutgoingEmail, 'id'>,
  { answer, now }: { answer: string | null; now: number },
): Promise<void> {
  await transaction.outgoingEmail.update({
    where: { id },
    data: { state: 'sent', settledAt: new Date(now), ...(answer !== null && { serverAnswer: answer }) },
  });
}
