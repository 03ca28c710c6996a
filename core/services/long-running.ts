import {
  isFinal,
  type OperationStatus,
  type OperationStep,
  ROLL_BACK,
  type VainAttempts,
  type WaitingFor,
  withVainAttempts,
} from '../domain/long-running.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Operation, Prisma } from '../store/generated/client.ts';
import { endNoticesOf } from './notices.ts';
import { stepsOf } from './operations.ts';

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
  const { steps, ...data } = change(operation, stepsOf(operation));
  await transaction.operation.update({
    where: { id },
    data: { ...data, ...(steps && { steps: steps as unknown as Prisma.InputJsonArray }), updatedAt: new Date() },
  });
  if (data.finishedAt !== undefined) await endNoticesOf(transaction, id);
  return true;
}

const NOT_WAITING = { waitingFor: null, nextTimerAt: null } as const;

/** Ends the steps under way and leaves those that never began. */
function endSteps(steps: OperationStep[], status: 'done' | 'failed' | 'skipped', detail: string | null = null) {
  const now = new Date().toISOString();
  return steps.map((step) => {
    if (step.status === 'running') return { ...step, status, finished_at: now, detail };
    return step.status === 'pending' ? { ...step, status: 'skipped' as const } : step;
  });
}

/** Whether a person wants it ended; who asks afterwards waits until the transaction is over. */
export async function isCancelRequested(transaction: OrganizationTransaction, id: string): Promise<boolean> {
  await transaction.$queryRaw`SELECT id FROM operation WHERE id = ${id}::uuid FOR UPDATE`;
  const operation = await transaction.operation.findUnique({ where: { id }, select: { cancelRequest: true } });
  return operation !== null && operation.cancelRequest !== null;
}

/** The operation works on this step from now on; the one before it is done. Beginning it again changes nothing. */
export function beginStep(transaction: OrganizationTransaction, id: string, name: string): Promise<boolean> {
  return changeOpenOperation(transaction, id, (_operation, steps) => {
    const now = new Date().toISOString();
    return {
      ...NOT_WAITING,
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
    ...NOT_WAITING,
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
    ...NOT_WAITING,
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
    ...NOT_WAITING,
    status: 'cancelled',
    step: null,
    steps: endSteps(steps, 'skipped', detail),
    finishedAt: new Date(),
  }));
}

/** What `waitInOperation` shows: for whom or what, until when, and in a sentence. */
export interface Waiting {
  /** null: for nobody; it goes on by itself at `until`. */
  waitingFor: WaitingFor | null;
  until: Date;
  detail: string | null;
}

/** The operation waits in its present step. */
export function waitInOperation(
  transaction: OrganizationTransaction,
  id: string,
  { waitingFor, until, detail }: Waiting,
): Promise<boolean> {
  return changeOpenOperation(transaction, id, (_operation, steps) => ({
    status: waitingFor === null ? 'running' : 'waiting',
    waitingFor,
    nextTimerAt: until,
    steps: withDetail(steps, detail),
  }));
}

/** An attempt at the step under way came to nothing; the next is made by itself at `until`. */
export function tryAgainLater(
  transaction: OrganizationTransaction,
  id: string,
  { why, until }: { why: string; until: Date },
): Promise<boolean> {
  const at = new Date().toISOString();
  return changeOpenOperation(transaction, id, (_operation, steps) => ({
    status: 'running',
    waitingFor: null,
    nextTimerAt: until,
    steps: withAttempts(withDetail(steps, why), { why, times: 1, first_at: at, last_at: at }),
  }));
}

/** Attempts at the step under way broke off, which nobody but their worker could tell. */
export function recordBrokenAttempts(
  transaction: OrganizationTransaction,
  id: string,
  broken: VainAttempts,
): Promise<boolean> {
  return changeOpenOperation(transaction, id, (_operation, steps) => ({ steps: withAttempts(steps, broken) }));
}

function withAttempts(steps: OperationStep[], vain: VainAttempts): OperationStep[] {
  return steps.map((step) => (step.status === 'running' ? withVainAttempts(step, vain) : step));
}

/** Whether its step did what it was to do is not known: it shows itself, or a person decides. */
export function leaveInDoubt(
  transaction: OrganizationTransaction,
  id: string,
  { question, until }: { question: string; until: Date },
): Promise<boolean> {
  return changeOpenOperation(transaction, id, (_operation, steps) => ({
    status: 'unknown',
    waitingFor: 'resolve',
    nextTimerAt: until,
    steps: withDetail(steps, question),
  }));
}

/** Says something of the step under way. */
function withDetail(steps: OperationStep[], detail: string | null): OperationStep[] {
  return steps.map((step) => (step.status === 'running' ? { ...step, detail } : step));
}

/** Shows what live calls tell, when the step goes on at the earliest, and in a sentence what is in its way. */
export function showFigures(
  transaction: OrganizationTransaction,
  id: string,
  { canary, until, detail }: { canary: Prisma.InputJsonObject; until: Date; detail: string | null },
): Promise<boolean> {
  return changeOpenOperation(transaction, id, (_operation, steps) => ({
    canary,
    nextTimerAt: until,
    steps: withDetail(steps, detail),
  }));
}

/** The step under way has failed; what was done is undone from now on. Beginning it again changes nothing. */
export function beginRollBack(transaction: OrganizationTransaction, id: string, why: string): Promise<boolean> {
  return changeOpenOperation(transaction, id, (operation, steps) => {
    if (operation.step === ROLL_BACK) return {};
    const undoing: OperationStep = {
      name: ROLL_BACK,
      status: 'running',
      started_at: new Date().toISOString(),
      finished_at: null,
      detail: null,
    };
    return { ...NOT_WAITING, status: 'running', step: ROLL_BACK, steps: [...endSteps(steps, 'failed', why), undoing] };
  });
}

/** @param status `rolled_back`: something had been done and is undone */
export function settleRollBack(
  transaction: OrganizationTransaction,
  id: string,
  { status, error }: { status: 'failed' | 'cancelled' | 'rolled_back'; error: { code: string; detail: string } },
): Promise<boolean> {
  return changeOpenOperation(transaction, id, (_operation, steps) => ({
    ...NOT_WAITING,
    status,
    step: null,
    steps: endSteps(steps, 'done'),
    error,
    finishedAt: new Date(),
  }));
}
