import { readFileSync } from 'node:fs';
import {
  ProtocolError,
  ProtocolErrorCode,
  type RequestStateCodec,
  Server,
  type ServerContext,
} from '@modelcontextprotocol/server';
import type { Dependencies } from '../core/dependencies.ts';
import { auditUnknownTool } from '../core/operations/audit-call.ts';
import { callTool, type ToolCall } from './call-tool.ts';
import { abilitiesOf } from './elicitation/client-abilities.ts';
import type { Round } from './elicitation/round.ts';
import { withoutFences } from './fence.ts';
import type { HoldAnswer } from './held-answers.ts';
import { INSTRUCTIONS } from './instructions.ts';
import type { McpCall } from './mcp-call.ts';
import { getPrompt, PROMPTS } from './prompts.ts';
import { type Collection, readableCollections } from './resources/collections.ts';
import { completeReference } from './resources/complete-reference.ts';
import { listResources } from './resources/list-resources.ts';
import { readResource } from './resources/read-resource.ts';
import { operationRunner } from './resources/run-operation.ts';
import type { ToolCatalog } from './tool-catalog.ts';
import { isListed } from './tool-selection.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

// Private and short: what is listed follows role and scopes, which change without the client.
const OF_THE_CALLER = { ttlMs: 60_000, cacheScope: 'private' } as const;
const FOR_ALL = { ttlMs: 3_600_000, cacheScope: 'public' } as const;

/** What a server offers, made once from the registry. */
export interface Offer {
  catalog: ToolCatalog;
  collections: Collection[];
  /** What is asked of people in between. */
  rounds: RequestStateCodec<Round>;
}

type Authenticated = Pick<McpCall, 'caller' | 'selection'> & { hold: HoldAnswer };

/**
 * A server for one request: the tools and resources that this caller may see, each run by `invoke`.
 * @param gone ends when the client is gone
 */
export function createServer(
  { catalog, collections, rounds }: Offer,
  { caller, selection, hold, gone }: Authenticated & { gone: AbortSignal | undefined },
  dependencies: Dependencies,
): Server {
  const callOf = ({ mcpReq }: ServerContext): McpCall => ({
    caller,
    selection,
    signal: gone === undefined ? mcpReq.signal : AbortSignal.any([gone, mcpReq.signal]),
  });
  const server = new Server(
    { name: 'agentgateway', title: 'AgentGateway', version },
    {
      // Nothing is logged to clients; those that set a level at once must not fail on it.
      capabilities: { tools: {}, resources: {}, prompts: {}, completions: {}, logging: {} },
      instructions: INSTRUCTIONS,
      requestState: { verify: rounds.verify },
      cacheHints: {
        'tools/list': OF_THE_CALLER,
        'resources/templates/list': OF_THE_CALLER,
        'prompts/list': FOR_ALL,
      },
    },
  );

  server.setRequestHandler('tools/list', () => ({
    tools: [...catalog.values()]
      .filter(({ operation }) => isListed(operation, caller, selection))
      .map(({ tool }) => tool),
  }));
  server.setRequestHandler('tools/call', async ({ params }, context) => {
    const entry = catalog.get(params.name);
    if (entry === undefined) {
      await auditUnknownTool(dependencies, caller, params.name);
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool "${params.name}". See tools/list.`);
    }
    const call: ToolCall = {
      ...callOf(context),
      operation: entry.operation,
      fence: entry.fence,
      linkIn: entry.linkIn,
      input: withoutFences(params.arguments),
      context,
      client: abilitiesOf(server.getClientCapabilities()),
      mint: (round) => rounds.mint(round, context),
    };
    const { structuredContent, ...result } = await callTool(call, dependencies);
    return structuredContent === undefined ? result : { ...result, structuredContent: hold(structuredContent) };
  });

  const readable = readableCollections(collections, { caller, selection });
  const run = (context: ServerContext) => operationRunner(callOf(context), dependencies);
  server.setRequestHandler('resources/list', ({ params }, context) =>
    listResources(readable, params?.cursor, run(context)),
  );
  server.setRequestHandler('resources/templates/list', () => ({
    resourceTemplates: readable.map(({ variable, title, template, get }) => ({
      uriTemplate: template.toString(),
      name: variable,
      title,
      description: get.operation.description,
      mimeType: 'application/json',
    })),
  }));
  server.setRequestHandler('resources/read', ({ params }, context) => readResource(readable, params.uri, run(context)));
  server.setRequestHandler('completion/complete', ({ params }, context) =>
    completeReference(readable, params, run(context)),
  );
  server.setRequestHandler('prompts/list', () => ({ prompts: [...PROMPTS] }));
  server.setRequestHandler('prompts/get', ({ params }) => getPrompt(params.name, params.arguments));
  return server;
}
