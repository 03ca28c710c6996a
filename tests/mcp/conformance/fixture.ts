import { fromJsonSchema, McpServer, type ServerNotifier } from '@modelcontextprotocol/server';
import { z } from 'zod';
import { contentTools, registerPrompts, registerResources } from './fixture-contents.ts';
import { fixtureState, INPUT_TOOLS, registerAskingPrompt } from './fixture-inputs.ts';

/** A schema with keywords that a server may lose on their way out (SEP-1613, SEP-2106). */
const RICH_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  type: 'object',
  $defs: { address: { $anchor: 'addressDef', type: 'object', properties: { street: { type: 'string' } } } },
  properties: { name: { type: 'string' }, address: { $ref: '#/$defs/address' }, phone: { type: 'string' } },
  allOf: [{ anyOf: [{ required: ['phone'] }, { required: ['name'] }] }],
  if: { properties: { name: { const: 'nobody' } }, required: ['name'] },
  // biome-ignore lint/suspicious/noThenProperty: a keyword of JSON Schema
  then: { required: ['phone'] },
  else: { required: ['name'] },
  additionalProperties: false,
} as const;

/** A parameter that clients repeat in a header (SEP-2243). */
const HEADER_SCHEMA = {
  type: 'object',
  properties: { region: { type: 'string', 'x-mcp-header': 'Region' }, level: { type: 'integer' } },
} as const;

const description = 'For the conformance suites';

const done = () => ({ content: [{ type: 'text' as const, text: 'done' }] });

/**
 * What the conformance suites expect to find at a server: tools, prompts and resources by the names that they call. It
 * takes the place of the product's own tools, behind all else that stands in front of these.
 */
export function openFixture(notify: ServerNotifier): McpServer {
  const server = new McpServer(
    { name: 'conformance-fixture', version: '1.0.0' },
    {
      capabilities: {
        tools: { listChanged: true },
        resources: { subscribe: true, listChanged: true },
        prompts: { listChanged: true },
        logging: {},
        completions: {},
      },
      requestState: { verify: fixtureState.verify },
    },
  );
  for (const [name, answer] of Object.entries(contentTools(notify))) {
    server.registerTool(name, { description, inputSchema: z.object({}) }, (_input, context) => answer(context));
  }
  for (const [name, answer] of Object.entries(INPUT_TOOLS)) {
    const inputSchema = z.record(z.string(), z.string());
    server.registerTool(name, { description, inputSchema }, (input, context) => answer(context, input) as never);
  }
  server.registerTool('json_schema_2020_12_tool', { description, inputSchema: fromJsonSchema(RICH_SCHEMA) }, done);
  server.registerTool('test_x_mcp_header', { description, inputSchema: fromJsonSchema(HEADER_SCHEMA) }, done);
  registerResources(server);
  registerPrompts(server);
  registerAskingPrompt(server);
  server.server.setRequestHandler('resources/subscribe', () => ({}));
  server.server.setRequestHandler('resources/unsubscribe', () => ({}));
  server.server.setRequestHandler('logging/setLevel', () => ({}));
  server.server.setRequestHandler('completion/complete', () => ({ completion: { values: [] } }));
  return server;
}
