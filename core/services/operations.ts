import { v7 as uuid } from 'uuid';
import type { Config } from '../config.ts';
import type { Approvable } from '../domain/approval.ts';
import type { Actor } from '../domain/caller.ts';
import type { Doubt } from '../domain/doubt.ts';
import {
  type LongRunningKind,
  OPEN_STATUSES,
  type OperationStatus,
  type OperationStep,
} from '../domain/long-running.ts';
import { looksLikeId } from '../domain/names.ts';
import type { Area } from '../domain/scopes.ts';
import { notFound, PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { Operation, Prisma } from '../store/generated/client.ts';
import { approvalOf, demandedApproval } from './approvals.ts';
import { hiddenMailboxes, type MailReader } from './hidden-mailboxes.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';

/** What an operation works on: an area of scopes, or people's access, which no scope opens. */
export type OperationArea = Area | 'access';

export interface AcceptedOperation {
  kind: LongRunningKind;
  area: OperationArea;
  steps: readonly string[];
  /** The step that this very transaction takes. */
  taken?: string;
  target: { kind: string; id: string; name: string };
  input: Record<string, unknown>;
  requestedBy: Actor;
  /** Who asked, also behind an API token or app; null: the system. */
  requestedPersonId: string | null;
  /** What the organization's policy may want approved first. */
  approvable?: Approvable;
  /** Made from the row's ID, so that starting twice starts once. */
  workflowId: (operationId: string) => string;
}

/**
 * Writes the row of a long-running operation, `accepted`; its workflow starts after the commit. While one of the same
 * kind is under way for the same target, the second request joins it.
 * @throws PublicError `conflict` while that one is being cancelled: who joined it would wait for what never comes
 */
export async function acceptOperation(
  transaction: OrganizationTransaction,
  accepted: AcceptedOperation,
): Promise<{ operation: Operation; joined: boolean }> {
  const { kind, target, taken } = accepted;
  // Serialises the requests for one target; the unique index would make the second fail instead of join.
  await transaction.$executeRaw`SELECT pg_advisory_xact_lock(hashtextextended(${`${kind}/${target.id}`}, 0))`;
  const open = await transaction.operation.findFirst({
    where: { kind, targetId: target.id, status: { in: [...OPEN_STATUSES] } },
  });
  if (open !== null && open.cancelRequest !== null) {
    throw new PublicError(
      'conflict',
      'The same was asked for before and is being cancelled. Ask again once that is over.',
      {
        members: { operation_id: open.id, tools: ['get_operation'] },
      },
    );
  }
  if (open !== null) return { operation: open, joined: true };
  const id = uuid();
  const now = new Date().toISOString();
  const steps = accepted.steps.map((name): OperationStep => {
    if (name === taken) return { name, status: 'done', started_at: now, finished_at: now, detail: null };
    return { name, status: 'pending', started_at: null, finished_at: null, detail: null };
  });
  const asked = { kind, targetId: target.id, input: accepted.input };
  const approval =
    accepted.approvable === undefined ? null : await demandedApproval(transaction, accepted.approvable, asked);
  const operation = await transaction.operation.create({
    data: {
      id,
      organizationId: transaction.organizationId,
      kind,
      area: accepted.area,
      steps: steps as unknown as Prisma.InputJsonArray,
      targetKind: target.kind,
      targetId: target.id,
      targetName: target.name,
      input: accepted.input as Prisma.InputJsonObject,
      requestedBy: { ...accepted.requestedBy },
      requestedPersonId: accepted.requestedPersonId,
      ...(approval && { approval: { ...approval } }),
      workflowId: accepted.workflowId(id),
    },
  });
  return { operation, joined: false };
}

/** Settles the row of an operation whose workflow certainly did not start. */
export async function failAcceptedOperation(
  transaction: OrganizationTransaction,
  id: string,
  error: PublicError,
): Promise<void> {
  await transaction.operation.updateMany({
    where: { id, status: 'accepted' },
    data: {
      status: 'failed',
      error: { code: error.code, detail: error.detail },
      finishedAt: new Date(),
      updatedAt: new Date(),
    },
  });
}

export interface OperationReader extends MailReader {
  /** Those that the caller may read. */
  areas: readonly OperationArea[];
}

/**
 * Which operations somebody may see. What becomes of a mail tells whom it goes to and what the server says of them: it is
 * for who may read the mailbox, who asked for it, and admins.
 */
async function visibleTo(
  transaction: OrganizationTransaction,
  { areas, ...reader }: OperationReader,
): Promise<Prisma.OperationWhereInput> {
  const inAreas = { area: { in: [...areas] } };
  const hidden = areas.includes('email') ? await hiddenMailboxes(transaction, reader) : [];
  if (hidden.length === 0) return inAreas;
  const isTheirs = [{ targetName: { notIn: hidden } }, { requestedPersonId: reader.person.id }];
  return { ...inAreas, OR: [{ area: { not: 'email' } }, ...isTheirs] };
}

/** @throws PublicError `not_found`, also for what this reader may not see */
export async function findOperation(
  transaction: OrganizationTransaction,
  reference: string,
  { areas, ...reader }: OperationReader,
): Promise<Operation> {
  const operation = looksLikeId(reference)
    ? await transaction.operation.findFirst({ where: { id: reference, area: { in: [...areas] } } })
    : null;
  if (operation === null || (await isHidden(transaction, operation, reader))) throw notFound('operation', reference);
  return operation;
}

/** The same as `visibleTo` of one: nothing is asked of mailboxes for what is no mail. */
async function isHidden(
  transaction: OrganizationTransaction,
  { area, targetName, requestedPersonId }: Operation,
  reader: MailReader,
): Promise<boolean> {
  if (area !== 'email' || requestedPersonId === reader.person.id) return false;
  return (await hiddenMailboxes(transaction, reader)).includes(targetName);
}

export function stepsOf({ steps }: Pick<Operation, 'steps'>): OperationStep[] {
  return steps as unknown as OperationStep[];
}

export function describeOperation(operation: Operation, config: Config) {
  const { kind, name, app } = operation.requestedBy as unknown as Actor;
  return {
    id: operation.id,
    kind: operation.kind,
    status: operation.status as OperationStatus,
    step: operation.step,
    steps: stepsOf(operation).map((step) => ({ ...step, attempts: step.attempts ?? [] })),
    target: { kind: operation.targetKind, id: operation.targetId, name: operation.targetName },
    requested_by: { kind, name, app },
    input: operation.input as Record<string, unknown>,
    waiting_for: operation.waitingFor,
    who_can_act: whoCanAct(operation),
    tools: operation.waitingFor === 'value' ? ['create_entry_link'] : [],
    next_timer_at: operation.nextTimerAt?.toISOString() ?? null,
    result: operation.result as Record<string, unknown> | null,
    error: operation.error as { code: string; detail: string } | null,
    canary: operation.canary as Record<string, unknown> | null,
    approval: approvalOf(operation),
    question: (operation.resolution as unknown as Doubt | null)?.question ?? null,
    cancel_requested_by: (operation.cancelRequest as { by: string } | null)?.by ?? null,
    created_at: operation.createdAt.toISOString(),
    updated_at: operation.updatedAt.toISOString(),
    finished_at: operation.finishedAt?.toISOString() ?? null,
    url: `${config.publicUrl}/operations/${operation.id}?organization=${operation.organizationId}`,
  };
}

/** Where an owner of the installation sees its workflow. */
export function temporalUrlOf(config: Config, workflowId: string): string | null {
  const { AGENTGATEWAY_TEMPORAL_UI_URL: ui, TEMPORAL_NAMESPACE: namespace } = config;
  return ui === undefined ? null : `${ui}/namespaces/${namespace}/workflows/${encodeURIComponent(workflowId)}`;
}

/** Who the operation waits for; null: nobody. */
function whoCanAct({ waitingFor, approval }: Operation): string | null {
  switch (waitingFor) {
    case 'approval':
      return (approval as { second_person?: boolean } | null)?.second_person
        ? 'A manager or admin other than who asked, on the page of the operation.'
        : 'A manager or admin, on the page of the operation.';
    case 'value':
      return 'A manager or admin, by an entry link.';
    case 'reveal':
      return 'Who asked, at reveal_url.';
    case 'resolve':
      return 'A manager or admin, on the page of the operation.';
    default:
      return null;
  }
}

export type OperationJson = ReturnType<typeof describeOperation>;

export interface OperationListing {
  kind?: string | undefined;
  status?: OperationStatus | undefined;
  /** Part of the name of who asked, or of the app that they asked through. */
  actor?: string | undefined;
  limit: number;
  cursor?: string | undefined;
}

function askedBy(member: string, part: string): Prisma.OperationWhereInput {
  return { requestedBy: { path: [member], string_contains: part, mode: 'insensitive' } };
}

/** A list of operations that were long in vain stays readable: get_operation tells all attempts. */
function withLatestAttempts(operation: OperationJson): OperationJson {
  const steps = operation.steps.map((step) => ({ ...step, attempts: step.attempts.slice(-1) }));
  return { ...operation, steps };
}

/** The newest first. */
export async function listOperations(
  transaction: OrganizationTransaction,
  config: Config,
  reader: OperationReader,
  { kind, status, actor, limit, cursor }: OperationListing,
): Promise<Page<OperationJson>> {
  const position = decodeCursor(cursor);
  const rows = await transaction.operation.findMany({
    where: {
      AND: await visibleTo(transaction, reader),
      ...(kind === undefined ? {} : { kind }),
      ...(status === undefined ? {} : { status }),
      ...(actor === undefined ? {} : { OR: ['name', 'app'].map((member) => askedBy(member, actor)) }),
      ...(position === undefined ? {} : { id: { lt: position.id } }),
    },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  return toPage(
    rows,
    limit,
    (row) => withLatestAttempts(describeOperation(row, config)),
    ({ id }) => ({ sort: '', id }),
  );
}
