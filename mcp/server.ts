import { readFileSync } from 'node:fs';
import { type CallToolResult, ProtocolError, ProtocolErrorCode, Server } from '@modelcontextprotocol/server';
import type { Dependencies } from '../core/dependencies.ts';
import { PublicError } from '../core/errors.ts';
import { invoke } from '../core/operations/invoke.ts';
import type { CatalogEntry, ToolCatalog } from './tool-catalog.ts';
import { publicErrorResult, toolError, toolResult } from './tool-result.ts';
import { type AppCaller, isListed, isSelected, type ToolSelection } from './tool-selection.ts';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

const INSTRUCTIONS = `AgentGateway manages agents (named relays in front of upstream APIs), the credentials they inject, and their traffic.
Where a tool takes an agent or a credential, its name or its ID will do. Lists answer with next_cursor while there is more.
Secret values never pass through tools: creating a key or a credential answers with a one-time link for the person to open.
Long-running operations answer with operation_id; get_operation tells how they go.`;

/** One request as it was authenticated. */
export interface McpCall {
  caller: AppCaller;
  selection: ToolSelection;
  /** Ends when the client is gone. */
  signal: AbortSignal | undefined;
}

/** A server for one request: the tools that this caller may see, each run by `invoke`. */
export function createServer(catalog: ToolCatalog, call: McpCall, dependencies: Dependencies): Server {
  const server = new Server(
    { name: 'agentgateway', title: 'AgentGateway', version },
    {
      capabilities: { tools: {} },
      instructions: INSTRUCTIONS,
      // Private and short: the list follows role and scopes, which change without the client.
      cacheHints: { 'tools/list': { ttlMs: 60_000, cacheScope: 'private' } },
    },
  );
  server.setRequestHandler('tools/list', () => ({ tools: listedTools(catalog, call) }));
  server.setRequestHandler('tools/call', async ({ params }, { mcpReq }) => {
    const entry = catalog.get(params.name);
    if (entry === undefined) {
      throw new ProtocolError(ProtocolErrorCode.InvalidParams, `There is no tool "${params.name}". See tools/list.`);
    }
    const signal = call.signal === undefined ? mcpReq.signal : AbortSignal.any([call.signal, mcpReq.signal]);
    return callTool(entry, { ...call, signal }, params.arguments, dependencies);
  });
  return server;
}

function listedTools(catalog: ToolCatalog, { caller, selection }: McpCall): CatalogEntry['tool'][] {
  return [...catalog.values()]
    .filter(({ operation }) => isListed(operation, caller, selection))
    .map(({ tool }) => tool);
}

async function callTool(
  { operation }: CatalogEntry,
  { caller, selection, signal }: McpCall,
  input: unknown,
  dependencies: Dependencies,
): Promise<CallToolResult> {
  if (!isSelected(operation, selection)) {
    return toolError(
      `The connector's address (?readonly, ?areas) leaves "${operation.name}" out. Whoever set it up can change the address.`,
    );
  }
  try {
    return toolResult(await invoke(operation, { caller, input, ...(signal && { signal }) }, dependencies));
  } catch (error) {
    if (error instanceof PublicError) return publicErrorResult(error);
    dependencies.log.error({ err: error, operation: operation.name, request_id: caller.requestId }, 'a tool failed');
    return toolError(`internal: This is our fault. Try again; if it stays, report the request ID ${caller.requestId}.`);
  }
}
