import type { Dependencies } from '../../../core/dependencies.ts';
import type { Caller } from '../../../core/domain/caller.ts';
import { operations } from '../../../core/operations/index.ts';
import { invoke } from '../../../core/operations/invoke.ts';

export type Answer = Record<string, unknown> & {
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every operation
  [member: string]: any;
};

/** Calls an operation of the registry by its name, as an adapter would. */
export function call(dependencies: Dependencies, caller: Caller, name: string, input: unknown = {}): Promise<Answer> {
  const operation = operations.find((candidate) => candidate.name === name);
  if (operation === undefined) throw new Error(`no operation ${name}`);
  return invoke(operation, { caller, input }, dependencies);
}

/** The same person, through an OAuth app. */
export function throughApp(caller: Caller, scopes: string[]): Caller {
  const { person, organizationId, organizationName, role, requestId } = caller;
  return {
    kind: 'app',
    grantId: `grant-of-${person.id}`,
    clientId: 'https://claude.example/client',
    clientName: 'Claude',
    scopes: new Set(scopes),
    person,
    organizationId,
    organizationName,
    role,
    requestId,
  };
}
