import { isFinal, type OperationStatus, type OperationStep } from '../domain/long-running.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Operation, Prisma } from '../store/generated/client.ts';

/** Operation rows as activities keep them current. What has ended stays as it ended: each function tells whether it changed anything. */

type Change = Omit<Prisma.OperationUpdateInput, 'steps'> & { steps?: OperationStep[] };

async function changeOpenOperation(
  transaction: OrganizationTransaction,
  id: string,
  change: (operation: Operation, steps: OperationStep[]) => Change,
): Promise<boolean> {
  await transaction.$queryRaw`SELECT id FROM operation WHERE id = ${id}::uuid FOR UPDATE`;
  const operation = await transaction.operation.findUnique({ where: { id } });
  if (operation === null || isFinal(operation.status as OperationStatus)) return false;
  const { steps, ...data } = change(operation, operation.steps as unknown as OperationStep[]);
  await transaction.operation.update({
    where: { id },
    data: { ...data, ...(steps && { steps: steps as unknown as Prisma.InputJsonArray }), updatedAt: new Date() },
  });
  return true;
}

/** Ends the steps under way and leaves those that never began. */
function endSteps(steps: OperationStep[], status: 'done' | 'failed' | 'skipped', detail: string | null = null) {
  const now = new Date().toISOString();
  return steps.map((step) => {
    if (step.status === 'running') return { ...step, status, finished_at: now, detail };
    return step.status === 'pending' ? { ...step, status: 'skipped' as const } : step;
  });
}

/** The operation works on this step from now on; the one before it is done. Beginning it again changes nothing. */
export function beginStep(transaction: OrganizationTransaction, id: string, name: string): Promise<boolean> {
  return changeOpenOperation(transaction, id, (_operation, steps) => {
    const now = new Date().toISOString();
    return {
      status: 'running',
      step: name,
      steps: steps.map((step) => {
        if (step.name === name) return { ...step, status: 'running', started_at: step.started_at ?? now };
        return step.status === 'running' ? { ...step, status: 'done', finished_at: now } : step;
      }),
    };
  });
}

export function succeedOperation(
  transaction: OrganizationTransaction,
  id: string,
  result: Prisma.InputJsonObject,
): Promise<boolean> {
  return changeOpenOperation(transaction, id, (_operation, steps) => ({
    status: 'succeeded',
    step: null,
    steps: endSteps(steps, 'done'),
    result,
    finishedAt: new Date(),
  }));
}

/** @param error as `get_operation` shows it: what to do next, nothing that stays inside */
export function failOperation(
  transaction: OrganizationTransaction,
  id: string,
  error: { code: string; detail: string },
): Promise<boolean> {
  return changeOpenOperation(transaction, id, (_operation, steps) => ({
    status: 'failed',
    step: null,
    steps: endSteps(steps, 'failed', error.detail),
    error,
    finishedAt: new Date(),
  }));
}

/** @param detail who or what cancelled it */
export function cancelOperation(transaction: OrganizationTransaction, id: string, detail: string): Promise<boolean> {
  return changeOpenOperation(transaction, id, (_operation, steps) => ({
    status: 'cancelled',
    step: null,
    steps: endSteps(steps, 'skipped', detail),
    finishedAt: new Date(),
  }));
}
