import { type ListResourcesResult, ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { Collection } from './collections.ts';
import type { RunOperation } from './run-operation.ts';

const PAGE = 100;

/** One page is of one collection; its cursor names the collection and that collection's own cursor. */
export async function listResources(
  collections: Collection[],
  cursor: string | undefined,
  run: RunOperation,
): Promise<ListResourcesResult> {
  const [name, inner] = cursor?.split('.', 2) ?? [];
  const index = name === undefined ? 0 : collections.findIndex((collection) => collection.name === name);
  const collection = collections[index];
  if (collection === undefined) {
    if (name === undefined) return { resources: [] };
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      'This cursor is none of ours. Leave it out to start at the first page.',
    );
  }
  const page = await run(collection.list, { limit: PAGE, ...(inner && { cursor: inner }) });
  const nextCollection = collections[index + 1];
  const nextCursor =
    typeof page.next_cursor === 'string' ? `${collection.name}.${page.next_cursor}` : nextCollection?.name;
  return {
    resources: (page.items as Record<string, unknown>[]).map((item) => ({
      uri: collection.template.expand({ [collection.variable]: collection.referenceOf(item) }),
      name: collection.nameOf(item),
      mimeType: 'application/json',
    })),
    ...(nextCursor && { nextCursor }),
  };
}
