import type { Request } from 'express';
import { z } from 'zod';
import type { OperationDefinition } from '../../core/operations/define-operation.ts';

interface JsonSchema {
  type?: string;
  anyOf?: JsonSchema[];
  properties?: Record<string, JsonSchema>;
}

/** A query's text as the type that its member has; what does not fit stays text and is refused by the schema. */
function readText(text: unknown, schema: JsonSchema | undefined): unknown {
  const types = [schema?.type, ...(schema?.anyOf ?? []).map(({ type }) => type)];
  if (types.includes('array')) return Array.isArray(text) ? text : String(text).split(',');
  if (typeof text !== 'string') return text;
  if ((types.includes('number') || types.includes('integer')) && text.trim() !== '') return Number(text);
  if (types.includes('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

/** Makes the reader of an operation's input: query, body, then path, so that the path wins. */
export function inputReader(operation: OperationDefinition): (request: Request) => Record<string, unknown> {
  const members = z.object({ ...operation.input.shape, ...operation.inputOfPeople?.shape });
  const schema = z.toJSONSchema(members, { io: 'input', unrepresentable: 'any' }) as JsonSchema;
  return (request) => {
    const query = Object.fromEntries(
      Object.entries(request.query).map(([name, text]) => [name, readText(text, schema.properties?.[name])]),
    );
    const body: unknown = request.body;
    const key = request.get('idempotency-key');
    return {
      ...query,
      ...(typeof body === 'object' && body !== null && !Array.isArray(body) ? body : undefined),
      ...(key !== undefined && operation.kind !== 'R' && { idempotency_key: key }),
      ...request.params,
    };
  };
}
