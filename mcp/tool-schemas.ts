import { isDeepStrictEqual } from 'node:util';
import type { Tool } from '@modelcontextprotocol/server';
import { z } from 'zod';

export type ObjectSchema = Tool['inputSchema'];
export type JsonSchema = z.core.JSONSchema.BaseSchema;

/** JSON Schema 2020-12, which is what MCP takes where no dialect is named, without what says nothing. */
export function objectSchema(schema: z.ZodObject, io: 'input' | 'output'): ObjectSchema {
  const { $schema: _dialect, ...json } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    override: ({ jsonSchema }) => {
      shorten(jsonSchema);
      // Members may be added to an answer: a client that remembers an older schema must not refuse them.
      if (io === 'output' && jsonSchema.additionalProperties === false) delete jsonSchema.additionalProperties;
      // The format says it already, in a tenth of the length.
      if (io === 'output' && jsonSchema.format !== undefined) delete jsonSchema.pattern;
    },
  });
  return { ...json, type: 'object' } as ObjectSchema;
}

function shorten(schema: JsonSchema): void {
  if (schema.maximum === Number.MAX_SAFE_INTEGER) delete schema.maximum;
  if (schema.minimum === Number.MIN_SAFE_INTEGER) delete schema.minimum;
  // That a member's name is a text goes without saying.
  if (Object.keys(Object(schema.propertyNames)).join() === 'type') delete schema.propertyNames;
  const whole = nonNull(schema);
  if (whole === undefined || typeof whole.type !== 'string') return;
  delete schema.anyOf;
  // What is said of the whole goes before what is said of a part.
  const { description = whole.description } = schema;
  Object.assign(schema, whole, { type: [whole.type, 'null'] });
  if (description !== undefined) schema.description = description;
  if (whole.enum !== undefined) schema.enum = [...whole.enum, null];
}

/** What `anyOf: [schema, null]` holds besides null. */
function nonNull({ anyOf }: JsonSchema): JsonSchema | undefined {
  const [whole, nothing, ...more] = (anyOf ?? []) as JsonSchema[];
  return nothing?.type === 'null' && more.length === 0 ? whole : undefined;
}

/**
 * Where a tool answers with what a `get_…` tool answers too, or the items of a `list_…` tool are, or with a part of it, its schema names
 * that tool instead of repeating it: the list of tools is read whole by every client.
 * @param readerOf the output schema of the tool with a name
 */
export function referToReaders(
  { name, outputSchema }: { name: string; outputSchema: ObjectSchema },
  readerOf: (tool: string) => ObjectSchema | undefined,
): ObjectSchema {
  const properties = Object.entries((outputSchema.properties ?? {}) as Record<string, JsonSchema>);
  const shortened = properties.map(([member, schema]) => {
    const { reader, read } = readerOfMember(member, readerOf);
    if (name === reader || schema.properties === undefined || !arePartOf(schema, read)) return [member, schema];
    const isWhole = isDeepStrictEqual(schema.properties, read?.properties);
    return [member, { type: schema.type, description: `${isWhole ? 'As' : 'Part of what'} ${reader} answers.` }];
  });
  return { ...outputSchema, properties: Object.fromEntries(shortened) };
}

/** The tool that reads what a member holds, one of them or a list of them, and what it says of one. */
function readerOfMember(
  member: string,
  readerOf: (tool: string) => ObjectSchema | undefined,
): { reader: string; read: JsonSchema | undefined } {
  const one = readerOf(`get_${member}`)?.properties?.[member] as JsonSchema | undefined;
  if (one !== undefined) return { reader: `get_${member}`, read: one };
  const items = readerOf(`list_${member}s`)?.properties?.items as JsonSchema | undefined;
  return { reader: `list_${member}s`, read: items?.items as JsonSchema | undefined };
}

/** Whether each member of an object is in the whole too, and means the same there. */
function arePartOf(part: JsonSchema, whole: JsonSchema | undefined): boolean {
  const others = whole?.properties as Record<string, JsonSchema> | undefined;
  return Object.entries((part.properties ?? {}) as Record<string, JsonSchema>).every(([name, schema]) => {
    const other = others?.[name];
    return other !== undefined && isPartOf(schema, other);
  });
}

function isPartOf(part: JsonSchema, whole: JsonSchema): boolean {
  const { properties: _members, items, required: _ofPart, ...own } = part;
  const { properties: _others, items: others, required: _ofWhole, ...rest } = whole;
  if (!isDeepStrictEqual(own, rest) || !arePartOf(part, whole)) return false;
  return items === undefined || isPartOf(items as JsonSchema, (others ?? {}) as JsonSchema);
}
