import { z } from 'zod';
import type { Config } from '../../core/config.ts';
import { scopeFor } from '../../core/domain/scopes.ts';
import type { OperationDefinition } from '../../core/operations/define-operation.ts';
import { roleNeeded } from '../../core/operations/invoke.ts';

type Json = Record<string, unknown>;

function jsonSchema(schema: z.ZodType, io: 'input' | 'output'): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema, {
    target: 'draft-2020-12',
    io,
    unrepresentable: 'any',
  });
  return rest as Json;
}

const problem = {
  description: 'An error: `code` says which, `detail` what to do next (RFC 9457).',
  content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
};

/** The input's members by where they travel: in the path, in the query of a reading call, or in the body. */
function placeMembers(operation: OperationDefinition): { parameters: Json[]; requestBody?: Json } {
  const { rest, input, inputOfPeople, kind } = operation;
  const inPath = [...rest.path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name as string);
  const schema = jsonSchema(z.strictObject({ ...input.shape, ...inputOfPeople?.shape }), 'input');
  const properties = schema.properties as Record<string, Json>;
  const required = new Set(schema.required as string[] | undefined);
  const others = Object.keys(properties).filter((name) => !inPath.includes(name));
  const parameter = (name: string, place: 'path' | 'query') => ({
    name,
    in: place,
    required: place === 'path' || required.has(name),
    schema: properties[name],
  });
  const parameters: Json[] = inPath.map((name) => parameter(name, 'path'));
  if (kind !== 'R') {
    parameters.push({
      name: 'Idempotency-Key',
      in: 'header',
      required: false,
      schema: { type: 'string', maxLength: 200 },
    });
  }
  if (rest.method === 'GET' || rest.method === 'DELETE') {
    return { parameters: [...parameters, ...others.map((name) => parameter(name, 'query'))] };
  }
  if (others.length === 0) return { parameters };
  const bodyRequired = others.filter((name) => required.has(name));
  return {
    parameters,
    requestBody: {
      required: bodyRequired.length > 0,
      content: {
        'application/json': {
          schema: {
            type: 'object',
            properties: Object.fromEntries(others.map((name) => [name, properties[name]])),
            ...(bodyRequired.length > 0 && { required: bodyRequired }),
            additionalProperties: false,
          },
        },
      },
    },
  };
}

function describe(operation: OperationDefinition): Json {
  const { name, title, description, area, kind, rest, output } = operation;
  const scope = operation.scope ?? (area === null ? undefined : scopeFor(kind, area));
  const needs = [`role ${roleNeeded(operation)}`, ...(scope === undefined ? [] : [`scope ${scope}`])].join(', ');
  const ofPeople = operation.personOnly
    ? ' A person’s own session only.'
    : scope === undefined && operation.restOnly
      ? ' An API token needs every scope of its maker’s role.'
      : '';
  return {
    operationId: name,
    summary: title,
    description: `${description}\n\nNeeds ${needs}.${ofPeople}`,
    ...(area !== null && { tags: [area] }),
    ...placeMembers(operation),
    responses: {
      [rest.status ?? 200]: {
        description: 'Done.',
        content: operation.file
          ? { 'application/octet-stream': {} }
          : operation.lines
            ? { 'application/jsonl': {} }
            : { 'application/json': { schema: jsonSchema(output, 'output') } },
      },
      ...Object.fromEntries(
        ['400', '401', '403', '404', '409', '413', '422', '429', '500', '503'].map((status) => [
          status,
          { $ref: '#/components/responses/Problem' },
        ]),
      ),
    },
  };
}

/** The OpenAPI 3.1 description of the REST API, made from the registry. */
export function createOpenApi(config: Config, operations: readonly OperationDefinition[]): Json {
  const paths: Record<string, Json> = {};
  for (const operation of operations) {
    const path = `/api/v1${operation.rest.path}`;
    paths[path] = { ...paths[path], [operation.rest.method.toLowerCase()]: describe(operation) };
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'AgentGateway',
      version: '1',
      description:
        'Manages agent relays, credentials, logs and long-running operations. The same operations are tools at /api/mcp.',
      license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
    },
    servers: [{ url: config.publicUrl }],
    security: [{ apiToken: [] }, { session: [], csrf: [] }],
    paths,
    components: {
      securitySchemes: {
        apiToken: { type: 'http', scheme: 'bearer', description: 'An API token, agt_…' },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: config.publicUrl.startsWith('https:') ? '__Host-ag_session' : 'ag_session',
        },
        csrf: { type: 'apiKey', in: 'header', name: 'X-CSRF-Token' },
      },
      responses: { Problem: problem },
      schemas: {
        Problem: {
          type: 'object',
          required: ['type', 'title', 'status', 'code', 'detail', 'request_id'],
          properties: {
            type: { type: 'string' },
            title: { type: 'string' },
            status: { type: 'integer' },
            code: { type: 'string' },
            detail: { type: 'string' },
            issues: {
              type: 'array',
              items: { type: 'object', properties: { path: { type: 'string' }, message: { type: 'string' } } },
            },
            request_id: { type: 'string' },
          },
        },
      },
    },
  };
}
