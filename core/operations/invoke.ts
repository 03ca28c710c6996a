import { createHmac } from 'node:crypto';
import { z } from 'zod';
import type { Dependencies } from '../dependencies.ts';
import { type Caller, idempotencyOwner, mayCarrySecrets } from '../domain/caller.ts';
import { canonicalJson } from '../domain/canonical-json.ts';
import { limitWords } from '../domain/limit-words.ts';
import { isReadable } from '../domain/readable.ts';
import { type Role, roleAtLeast } from '../domain/roles.ts';
import { apiTokenScopesOfRole, scopeFor, scopesAllow } from '../domain/scopes.ts';
import { PublicError } from '../errors.ts';
import { keepAnswer, releaseSlot, takeIdempotencySlot } from '../services/idempotency.ts';
import { appCallerNow } from '../services/oauth-grants.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import { auditRefusal, auditSuccess, type CallTrace } from './audit-call.ts';
import type { OperationDefinition, PrepareContext } from './define-operation.ts';
import { recordOfRead } from './repeated-reads.ts';

export interface Invocation {
  caller: Caller;
  input: unknown;
  signal?: AbortSignal;
  reportProgress?: PrepareContext['reportProgress'];
}

/** The least role that an operation needs. */
export function roleNeeded(operation: OperationDefinition): Role {
  return operation.role ?? (operation.kind === 'R' ? 'operator' : 'manager');
}

/** Checks role and scopes: a call may do what both allow. */
export function authorise(operation: OperationDefinition, caller: Caller): void {
  const role = roleNeeded(operation);
  if (!roleAtLeast(caller.role, role)) {
    throw new PublicError(
      'forbidden',
      `"${operation.name}" needs role ${role}; you are ${caller.role} in ${caller.organizationName}. Ask an organization admin.`,
    );
  }
  if (operation.personOnly && caller.kind !== 'session') {
    throw new PublicError('forbidden', `"${operation.name}" is done by a person on the dashboard, after signing in.`);
  }
  if (caller.kind === 'session') return;
  if (operation.restOnly && caller.kind === 'app') {
    throw new PublicError(
      'forbidden',
      `"${operation.name}" is nothing for an app: do it on the dashboard or over REST.`,
    );
  }
  const missing = scopesNeeded(operation, caller).filter((scope) => !scopesAllow(caller.scopes, scope));
  if (missing.length > 0) {
    const scope = missing.join(' ');
    throw new PublicError(
      'insufficient_scope',
      `"${operation.name}" needs the scope ${scope}, which was not granted. Ask for it when connecting, or make an API token that has it.`,
      { members: { scope } },
    );
  }
}

/**
 * Who administers people, invitations and API tokens can give away all that the role can do, and for longer: so an API
 * token does that only with every scope of its maker's role.
 */
function scopesNeeded({ scope, area, kind, restOnly }: OperationDefinition, { role }: Caller): string[] {
  if (scope !== undefined) return [scope];
  if (area !== null) return [scopeFor(kind, area)];
  return restOnly ? apiTokenScopesOfRole(role) : [];
}

const idempotencyMember = {
  idempotency_key: z.string().min(1).max(200).optional(),
};

/** Made once each: a new schema compiles itself when it first parses. */
const inputSchemas = { withSecrets: new WeakMap<object, z.ZodObject>(), without: new WeakMap<object, z.ZodObject>() };

/** The schema of what this caller may send: members that carry secrets are for people and API tokens only. */
export function inputSchemaFor(operation: OperationDefinition, caller: Pick<Caller, 'kind'>): z.ZodObject {
  const withSecrets = mayCarrySecrets(caller);
  const made = withSecrets ? inputSchemas.withSecrets : inputSchemas.without;
  const schema =
    made.get(operation) ??
    z.strictObject({
      ...operation.input.shape,
      ...(withSecrets ? operation.inputOfPeople?.shape : undefined),
      ...(operation.kind === 'R' ? undefined : idempotencyMember),
    });
  made.set(operation, schema);
  return schema;
}

function parseInput(operation: OperationDefinition, { caller, input }: Invocation): Record<string, unknown> {
  if (!isReadable(input)) {
    throw new PublicError('invalid_request', 'The input holds a NUL or broken Unicode, or nests too deeply.');
  }
  const parsed = inputSchemaFor(operation, caller).safeParse(input ?? {}, { error: limitWords });
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message }));
  const told = issues.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)).join('; ');
  throw new PublicError('invalid_request', `The input of "${operation.name}" is wrong: ${told.slice(0, 1000)}`, {
    issues,
  });
}

/**
 * The one way to run an operation: authorise → parse → run → check output → audit, refusals included. The change, its
 * audit event and its idempotency record commit together.
 * @throws PublicError for everything that a caller may be told; anything else is our fault
 */
export async function invoke(
  operation: OperationDefinition,
  invocation: Invocation,
  dependencies: Dependencies,
): Promise<Record<string, unknown>> {
  const trace: CallTrace = { touched: new Set() };
  try {
    authorise(operation, invocation.caller);
    const input = parseInput(operation, invocation);
    trace.input = input;
    const context = {
      ...dependencies,
      caller: invocation.caller,
      signal: invocation.signal ?? new AbortController().signal,
      reportProgress: invocation.reportProgress ?? (() => {}),
    };
    const { idempotency_key: idempotencyKey, ...members } = input;
    const prepared = await operation.prepare?.(context, members);
    return await run(
      operation,
      context,
      { members, prepared, idempotencyKey: idempotencyKey as string | undefined },
      trace,
    );
  } catch (error) {
    await auditRefusal(dependencies, operation, { ...invocation, trace, error });
    throw error;
  }
}

interface Parsed {
  members: Record<string, unknown>;
  prepared: unknown;
  idempotencyKey: string | undefined;
}

async function run(
  operation: OperationDefinition,
  context: PrepareContext,
  { members, prepared, idempotencyKey }: Parsed,
  trace: CallTrace,
): Promise<Record<string, unknown>> {
  const { caller: called } = context;
  const effects: (() => Promise<void>)[] = [];
  const slot =
    idempotencyKey === undefined
      ? undefined
      : {
          owner: idempotencyOwner(called),
          key: idempotencyKey,
          operation: operation.name,
          bodyHash: await hashInput(context, members),
        };

  const record = recordOfRead(operation, called, members);
  const carryOut = async (transaction: OrganizationTransaction) => {
    // A transaction that ran into a deadlock runs once more.
    effects.length = 0;
    trace.touched.clear();
    const caller = await callerNow(transaction, operation, called);
    if (slot !== undefined) {
      const earlier = await takeIdempotencySlot(transaction, slot);
      if (earlier !== undefined) {
        await auditSuccess(transaction, operation, { caller, input: members, trace, replayed: true });
        return earlier;
      }
    }
    const answer = await operation.run(
      {
        ...context,
        caller,
        transaction,
        auditTarget: (target) => {
          trace.target = target;
        },
        auditTouched: (id) => trace.touched.add(id),
        auditOperation: (operationId) => {
          trace.operationId = operationId;
        },
        afterCommit: (effect) => effects.push(effect),
      },
      members,
      prepared,
    );
    const checked = operation.output.parse(answer);
    if (record !== null) await auditSuccess(transaction, operation, { caller, input: members, trace });
    if (slot !== undefined) await keepAnswer(transaction, slot, operation.forReplay?.(checked) ?? checked);
    return checked;
  };
  // What was only read changed nothing: its audit event need not be on disk before the answer.
  const durable = operation.kind !== 'R';
  const output = await context.database.inOrganization(called.organizationId, carryOut, { durable });
  record?.done();
  try {
    for (const effect of effects) await effect();
  } catch (error) {
    if (slot !== undefined) {
      await context.database.inOrganization(called.organizationId, (transaction) => releaseSlot(transaction, slot));
    }
    throw error;
  }
  return settle(operation, context, output);
}

/** The change is done whatever comes of the wait for it: a caller is not told of a failure that is none. */
async function settle(
  operation: OperationDefinition,
  context: PrepareContext,
  output: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  if (operation.settled === undefined) return output;
  try {
    return operation.output.parse(await operation.settled(context, output));
  } catch (error) {
    context.log.warn({ err: error, operation: operation.name }, 'an answer was given before what it tells of was seen');
    return output;
  }
}

/** What changes something, or took time to prepare, asks again whether its app may still act. */
async function callerNow(
  transaction: OrganizationTransaction,
  operation: OperationDefinition,
  called: Caller,
): Promise<Caller> {
  const mayBeLate = operation.kind !== 'R' || operation.prepare !== undefined;
  if (called.kind !== 'app' || !mayBeLate) return called;
  const caller = await appCallerNow(transaction, called);
  authorise(operation, caller);
  return caller;
}

/** A keyed hash, so that the store tells nothing of short inputs. */
async function hashInput(context: PrepareContext, members: Record<string, unknown>): Promise<Buffer<ArrayBuffer>> {
  const key = await context.instanceKeys.key('idempotency');
  return Buffer.from(createHmac('sha256', key).update(canonicalJson(members)).digest());
}
