import type { Tool } from '@modelcontextprotocol/server';
import { z } from 'zod';
import type { OperationDefinition } from '../core/operations/define-operation.ts';
import { inputSchemaFor } from '../core/operations/invoke.ts';

type ObjectSchema = Tool['inputSchema'];

/** An operation of the registry with the tool that clients see. */
export interface CatalogEntry {
  operation: OperationDefinition;
  tool: Tool & { outputSchema: ObjectSchema };
}

export type ToolCatalog = ReadonlyMap<string, CatalogEntry>;

/** The tools of a registry, made once: every operation but those for people and REST alone. */
export function createToolCatalog(operations: readonly OperationDefinition[]): ToolCatalog {
  const forApps = operations.filter(({ restOnly, personOnly }) => !restOnly && !personOnly);
  return new Map(forApps.map((operation) => [operation.name, { operation, tool: toolOf(operation) }]));
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

/** JSON Schema 2020-12, which is what MCP takes where no dialect is named. */
function objectSchema(schema: z.ZodObject, io: 'input' | 'output'): ObjectSchema {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    override: ({ jsonSchema }) => {
      // Members may be added to an answer: a client that remembers an older schema must not refuse them.
      if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      // The format says it already, in a tenth of the length.
      if (io === 'output' && jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  return { ...json, type: 'object' } as ObjectSchema;
}
