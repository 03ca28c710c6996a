import type { Tool } from '@modelcontextprotocol/server';
import type { OperationDefinition } from '../core/operations/define-operation.ts';
import { inputSchemaFor } from '../core/operations/invoke.ts';
import { createLinkFinder, type LinkFinder } from './elicitation/personal-link.ts';
import { createFence, type Fenced } from './fence.ts';
import { type ObjectSchema, objectSchema, referToReaders } from './tool-schemas.ts';

/** An operation of the registry with the tool that clients see. */
export interface CatalogEntry {
  operation: OperationDefinition;
  tool: Tool & { outputSchema: ObjectSchema };
  /** Encloses what others wrote in the operation's answers. */
  fence: (answer: Record<string, unknown>) => Fenced;
  linkIn: LinkFinder;
}

export type ToolCatalog = ReadonlyMap<string, CatalogEntry>;

/** The tools of a registry, made once: every operation but those for people and REST alone. */
export function createToolCatalog(operations: readonly OperationDefinition[]): ToolCatalog {
  const forApps = operations.filter(({ restOnly, personOnly }) => !restOnly && !personOnly);
  const catalog = new Map(forApps.map((operation) => [operation.name, entryOf(operation)]));
  for (const { tool } of catalog.values()) {
    tool.outputSchema = referToReaders(tool, (name) => catalog.get(name)?.tool.outputSchema);
  }
  return catalog;
}

function entryOf(operation: OperationDefinition): CatalogEntry {
  const { output } = operation;
  return { operation, tool: toolOf(operation), fence: createFence(output), linkIn: createLinkFinder(output) };
}

function toolOf(operation: OperationDefinition): CatalogEntry['tool'] {
  return {
    name: operation.name,
    title: operation.title,
    description: operation.description,
    inputSchema: objectSchema(inputSchemaFor(operation, { kind: 'app' }), 'input'),
    outputSchema: objectSchema(operation.output, 'output'),
    annotations: annotationsOf(operation),
  };
}

/** What a client may rely on when it decides whether to ask the person first. */
function annotationsOf({ title, kind, rest }: OperationDefinition): NonNullable<Tool['annotations']> {
  if (kind === 'R') return { title, readOnlyHint: true, openWorldHint: false };
  return {
    title,
    readOnlyHint: false,
    destructiveHint: kind === 'D',
    idempotentHint: rest.method === 'PUT' || rest.method === 'DELETE',
    openWorldHint: false,
  };
}
