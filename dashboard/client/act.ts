import { organization } from './boot.ts';
import { call } from './call.ts';
import { queryClient } from './query-client.ts';
import type { Input, OperationName, Output } from './registry.ts';

/** Carries out a changing operation for what may be gone from the page by then, such as the undoing of a deletion. */
export async function act<Name extends OperationName>(name: Name, input: Input<Name>): Promise<Output<Name>> {
  const answer = await call(name, input);
  void queryClient.invalidateQueries({ queryKey: [organization.id] });
  return answer;
}
