import type { Dependencies } from '../dependencies.ts';
import { actorOf, type Caller } from '../domain/caller.ts';
import { isReadable } from '../domain/readable.ts';
import { ERROR_STATUS, PublicError } from '../errors.ts';
import { type AuditEntry, recordAuditEvent } from '../services/audit.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { AuditTarget, OperationDefinition } from './define-operation.ts';
import { keptPrivate } from './private-text.ts';

/** What the audit event of a call learns while it runs. */
export interface CallTrace {
  /** As it was parsed; missing where the call was refused before. */
  input?: Record<string, unknown>;
  target?: AuditTarget;
  touched: Set<string>;
  operationId?: string;
}

type AuditDependencies = Pick<Dependencies, 'database' | 'log'>;

interface Call {
  caller: Caller;
  input: unknown;
  trace: CallTrace;
}

/**
 * Records a call that was done, in the transaction of what it did.
 * @param call.replayed nothing was done: the answer to an earlier call with the same idempotency key was given again
 */
export function auditSuccess(
  transaction: OrganizationTransaction,
  operation: OperationDefinition,
  { replayed, ...call }: Call & { replayed?: true },
): Promise<void> {
  const entry = entryOf(operation, call);
  return recordAuditEvent(transaction, {
    ...entry,
    arguments: { ...entry.arguments, ...(replayed && { replayed }) },
    status: operation.rest.status ?? 200,
    outcome: 'succeeded',
  });
}

/**
 * A refusal is on the record too. Only what was turned away for load was not decided on, and writing of it would add to
 * the load.
 */
export async function auditRefusal(
  dependencies: AuditDependencies,
  operation: OperationDefinition,
  { error, ...call }: Call & { error: unknown },
): Promise<void> {
  const status = error instanceof PublicError ? error.status : 500;
  if (status === ERROR_STATUS.rate_limited) return;
  await record(dependencies, call.caller, {
    ...entryOf(operation, call),
    status,
    outcome: status < 500 ? 'refused' : 'failed',
  });
}

/**
 * Records a call that was stopped before its operation.
 * @param call.why the person said no to what the app asked; or the connector's address (`?readonly`, `?areas`) leaves it out
 */
export function auditStopped(
  dependencies: AuditDependencies,
  operation: OperationDefinition,
  { why, ...call }: Omit<Call, 'trace'> & { why: 'declined' | 'left_out' },
): Promise<void> {
  const entry = entryOf(operation, { ...call, trace: { touched: new Set() } });
  return record(dependencies, call.caller, {
    ...entry,
    arguments: { ...entry.arguments, [why]: true },
    status: ERROR_STATUS.forbidden,
    outcome: 'refused',
  });
}

/** Records a call of a tool that there is none of. */
export function auditUnknownTool(dependencies: AuditDependencies, caller: Caller, tool: string): Promise<void> {
  return record(dependencies, caller, {
    actor: actorOf(caller),
    action: 'unknown_tool',
    status: ERROR_STATUS.not_found,
    outcome: 'refused',
    arguments: { tool: shorten(tool) },
    requestId: caller.requestId,
  });
}

/** Never hides the refusal that it tells of. */
async function record({ database, log }: AuditDependencies, caller: Caller, entry: AuditEntry): Promise<void> {
  try {
    await database.inOrganization(caller.organizationId, (transaction) => recordAuditEvent(transaction, entry));
  } catch (error) {
    log.error({ err: error, operation: entry.action, request_id: entry.requestId }, 'a refusal could not be audited');
  }
}

function entryOf(operation: OperationDefinition, { caller, input, trace }: Call) {
  return {
    actor: actorOf(caller),
    action: operation.name,
    target: trace.target,
    touched: [...trace.touched],
    arguments: auditArguments(operation, input, trace.input),
    requestId: caller.requestId,
    operationId: trace.operationId,
  };
}

/**
 * What an audit event keeps of an input: short values that are no secrets; of the rest, that they were given. Nothing
 * that somebody sends keeps the event from being written, and of what no schema has seen only single values are kept:
 * what others read later has members of our naming.
 */
function auditArguments(
  operation: OperationDefinition,
  input: unknown,
  parsed: Record<string, unknown> | undefined,
): Record<string, unknown> {
  const given = Object.entries(parsed ?? (typeof input === 'object' && input !== null ? input : {}));
  return Object.fromEntries(
    given.flatMap(([name, value]) => {
      if (Object.hasOwn(operation.input.shape, name)) {
        if (keptPrivate.has(operation.input.shape[name])) return [[name, '(given)']];
        return [[name, parsed === undefined ? single(value) : shorten(value)]];
      }
      return Object.hasOwn(operation.inputOfPeople?.shape ?? {}, name) ? [[name, '(given)']] : [];
    }),
  );
}

function single(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) return '(not read)';
  return shorten(value);
}

function shorten(value: unknown): unknown {
  if (!isReadable(value)) return '(unreadable)';
  const text = JSON.stringify(value) ?? 'null';
  return text.length <= 300 ? value : `(${text.length} characters)`;
}
