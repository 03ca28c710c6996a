import type { z } from 'zod';
import type { Dependencies } from '../../../core/dependencies.ts';
import type { OperationDefinition } from '../../../core/operations/define-operation.ts';
import { operations } from '../../../core/operations/index.ts';
import { invoke } from '../../../core/operations/invoke.ts';
import type { MemberVisit } from '../../sessions/visit.ts';

/**
 * Runs an operation as the signed-in person, the way every other caller does.
 * @param view the operation's output, for its type
 */
export async function run<View extends z.ZodType>(
  dependencies: Dependencies,
  { caller }: MemberVisit,
  name: string,
  input: unknown,
  view: View,
): Promise<z.output<View>> {
  const operation: OperationDefinition | undefined = operations.find((candidate) => candidate.name === name);
  if (operation === undefined) throw new Error(`There is no operation ${name}.`);
  return view.parse(await invoke(operation, { caller, input }, dependencies));
}
