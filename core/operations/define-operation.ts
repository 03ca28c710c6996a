import type { Readable } from 'node:stream';
import type { z } from 'zod';
import type { Dependencies } from '../dependencies.ts';
import type { Caller } from '../domain/caller.ts';
import type { Progress } from '../domain/long-running.ts';
import type { Role } from '../domain/roles.ts';
import type { ApiTokenScope, Area, OperationKind } from '../domain/scopes.ts';
import type { OrganizationTransaction } from '../store/database.ts';

/** What an operation works on, as its audit event names it. */
export interface AuditTarget {
  kind: string;
  id: string;
  name: string;
}

export interface CallContext extends Dependencies {
  caller: Caller;
  /** Ends when the caller is gone. */
  signal: AbortSignal;
}

export interface PrepareContext extends CallContext {
  /** Tells a caller that waits how far the work has come; the same or less than before is not passed on. */
  reportProgress(progress: Progress): void;
}

export interface RunContext extends PrepareContext {
  /** The one transaction that the change and its audit event share. */
  transaction: OrganizationTransaction;
  /** Names what the operation works on; also the refusal's event carries it. */
  auditTarget(target: AuditTarget): void;
  /** The ID of something else that it changes or makes. */
  auditTouched(id: string): void;
  /** The long-running operation that this call started or joined. */
  auditOperation(operationId: string): void;
  /**
   * Runs after the commit, for what acts outside Postgres (starting a workflow). A PublicError it throws goes to the
   * caller; it must leave the rows as a caller may see them.
   */
  afterCommit(effect: () => Promise<void>): void;
}

export interface RestRoute {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Under `/api/v1`; `{agent}` names a member of the input. */
  path: string;
  /** 200 unless told. */
  status?: 201 | 202;
}

export interface AnsweredFile {
  /** As its sender called it; '' where it has no name. */
  filename: string;
  content: Readable;
}

/** One entry of the registry: it gives the tool, the REST route, the OpenAPI and the dashboard's types. */
export interface OperationDefinition<
  Input extends z.ZodObject = z.ZodObject,
  Output extends z.ZodObject = z.ZodObject,
  Prepared = unknown,
> {
  /** The MCP tool's name, ≤ 64 characters. */
  name: string;
  title: string;
  kind: OperationKind;
  /** null: needs no scope. */
  area: Area | null;
  /** What an API token needs instead of its area's scope. */
  scope?: ApiTokenScope;
  /** What it does, for people and models; never steers the model. */
  description: string;
  /** Inputs that work, at least one; tests parse each. */
  examples: z.input<Input>[];
  input: Input;
  /** Further members for a person's own session and API tokens: what carries a secret or says where one may go. */
  inputOfPeople?: z.ZodObject;
  output: Output;
  rest: RestRoute;
  /** No MCP tool: administration of people and what else an OAuth app must not touch. */
  restOnly?: true;
  /** Only a person's own session, neither an API token nor an app. */
  personOnly?: true;
  /** The least role; without it an operator reads and a manager does the rest. */
  role?: Role;
  /** I/O that must not happen inside a transaction: a name's resolution, waiting. */
  prepare?(context: PrepareContext, input: z.output<Input>): Promise<Prepared>;
  run(context: RunContext, input: z.output<Input>, prepared: Prepared): Promise<z.input<Output>>;
  /**
   * The answer as it is a few seconds after the commit, when what was started has mostly come to its end. What it throws
   * leaves the answer as it was.
   */
  settled?(context: CallContext, output: z.output<Output>): Promise<z.input<Output>>;
  /** What REST answers instead of the output, as JSON Lines: read as the caller takes them, however many there are. */
  lines?(context: CallContext, output: z.output<Output>): AsyncIterable<object>;
  /** What REST answers instead of the output, as a download; may act outside Postgres. */
  file?(context: CallContext, input: z.output<Input>): Promise<AnsweredFile>;
  /** The answer as it may be kept and given again: without secret values and one-time links. */
  forReplay?(output: z.output<Output>): z.output<Output>;
}

/** An operation with the types of its own name, input and output, for callers that are typed by the registry. */
export interface TypedOperation<
  Name extends string,
  Input extends z.ZodObject,
  OfPeople extends z.ZodObject,
  Output extends z.ZodObject,
> extends OperationDefinition {
  name: Name;
  input: Input;
  inputOfPeople?: OfPeople;
  output: Output;
}

/** Keeps the types of input, output and what `prepare` hands to `run` together. */
export function defineOperation<
  const Name extends string,
  Input extends z.ZodObject,
  Output extends z.ZodObject,
  Prepared = undefined,
  OfPeople extends z.ZodObject = z.ZodObject<Record<never, never>>,
>(
  definition: OperationDefinition<Input, Output, Prepared> & { name: Name; inputOfPeople?: OfPeople },
): TypedOperation<Name, Input, OfPeople, Output> {
  return definition as unknown as TypedOperation<Name, Input, OfPeople, Output>;
}
