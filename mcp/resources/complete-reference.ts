import {
  type CompleteRequestParams,
  type CompleteResult,
  ProtocolError,
  ProtocolErrorCode,
} from '@modelcontextprotocol/server';
import type { Collection } from './collections.ts';
import type { RunOperation } from './run-operation.ts';

/** The protocol's own limit of values in one answer. */
const MOST_VALUES = 100;

/** Completes the variable of a resource template: names, or the IDs of the newest operations, that begin as typed. */
export async function completeReference(
  collections: Collection[],
  { ref, argument }: CompleteRequestParams,
  run: RunOperation,
): Promise<CompleteResult> {
  const collection =
    ref.type === 'ref/resource'
      ? collections.find(({ template, variable }) => template.toString() === ref.uri && variable === argument.name)
      : undefined;
  if (collection === undefined) {
    throw new ProtocolError(ProtocolErrorCode.InvalidParams, 'Only the variables of resource templates are completed.');
  }
  const { list, referenceOf } = collection;
  const searchable = 'q' in list.operation.input.shape && argument.value !== '';
  const page = await run(list, { limit: MOST_VALUES, ...(searchable && { q: argument.value.slice(0, 100) }) });
  const values = (page.items as Record<string, unknown>[])
    .map(referenceOf)
    .filter((reference) => reference.startsWith(argument.value));
  return { completion: { values, hasMore: page.next_cursor !== null } };
}
