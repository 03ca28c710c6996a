import type { CallToolResult, ServerContext } from '@modelcontextprotocol/server';
import type { Dependencies } from '../core/dependencies.ts';
import { PublicError } from '../core/errors.ts';
import { invoke } from '../core/operations/invoke.ts';
import type { McpCall } from './mcp-call.ts';
import { progressReporter } from './progress.ts';
import type { CatalogEntry } from './tool-catalog.ts';
import { publicErrorResult, toolError, toolResult } from './tool-result.ts';
import { isSelected } from './tool-selection.ts';

/** Runs a tool's operation; what a caller may be told of a failure becomes a tool error, which the model can read. */
export async function callTool(
  { operation }: CatalogEntry,
  { caller, selection, signal }: McpCall,
  { input, context }: { input: unknown; context: ServerContext },
  dependencies: Dependencies,
): Promise<CallToolResult> {
  if (!isSelected(operation, selection)) {
    return toolError(
      `The connector's address (?readonly, ?areas) leaves "${operation.name}" out. Whoever set it up can change the address.`,
    );
  }
  const reportProgress = progressReporter(context);
  try {
    const answer = await invoke(
      operation,
      { caller, input, signal, ...(reportProgress && { reportProgress }) },
      dependencies,
    );
    return toolResult(answer);
  } catch (error) {
    if (error instanceof PublicError) return publicErrorResult(error);
    dependencies.log.error({ err: error, operation: operation.name, request_id: caller.requestId }, 'a tool failed');
    return toolError(`internal: This is our fault. Try again; if it stays, report the request ID ${caller.requestId}.`);
  }
}
