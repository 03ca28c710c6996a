import { UriTemplate } from '@modelcontextprotocol/server';
import type { McpCall } from '../mcp-call.ts';
import type { CatalogEntry, ToolCatalog } from '../tool-catalog.ts';
import { isListed } from '../tool-selection.ts';

/** What can be read by URI, each kind by the two operations that list it and get one. */
export interface Collection {
  name: string;
  title: string;
  template: UriTemplate;
  /** What the URI names one by, and the member of `get` that takes it. */
  variable: string;
  list: CatalogEntry;
  get: CatalogEntry;
  /** @param item one of the items that `list` answers */
  referenceOf(item: Record<string, unknown>): string;
  nameOf(item: Record<string, unknown>): string;
}

const byName = (item: Record<string, unknown>) => String(item.name);

const COLLECTIONS = [
  { name: 'agents', title: 'An agent', variable: 'agent', referenceOf: byName, nameOf: byName },
  {
    name: 'credentials',
    title: "A credential's metadata",
    variable: 'credential',
    referenceOf: byName,
    nameOf: byName,
  },
  {
    name: 'operations',
    title: 'A long-running operation',
    variable: 'operation',
    referenceOf: (item: Record<string, unknown>) => String(item.id),
    nameOf: ({ kind, target }: Record<string, unknown>) => `${kind} ${Object(target).name}`,
  },
];

/** The collections whose operations are in the catalog. */
export function createCollections(catalog: ToolCatalog): Collection[] {
  return COLLECTIONS.flatMap((collection) => {
    const list = catalog.get(`list_${collection.name}`);
    const get = catalog.get(`get_${collection.variable}`);
    if (list === undefined || get === undefined) return [];
    const template = new UriTemplate(`agentgateway://${collection.name}/{${collection.variable}}`);
    return [{ ...collection, template, list, get }];
  });
}

/** Those that this caller may read: resources follow the same rules as tools. */
export function readableCollections(
  collections: Collection[],
  { caller, selection }: Pick<McpCall, 'caller' | 'selection'>,
): Collection[] {
  return collections.filter(({ get }) => isListed(get.operation, caller, selection));
}
