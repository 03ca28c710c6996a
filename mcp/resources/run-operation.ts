import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/server';
import type { Dependencies } from '../../core/dependencies.ts';
import { PublicError } from '../../core/errors.ts';
import { invoke } from '../../core/operations/invoke.ts';
import type { McpCall } from '../mcp-call.ts';
import type { CatalogEntry } from '../tool-catalog.ts';

export type RunOperation = (entry: CatalogEntry, input: Record<string, unknown>) => Promise<Record<string, unknown>>;

/** Resources are read by the operations that tools run too, with the same rights, fences and audit. */
export function operationRunner({ caller, signal }: McpCall, dependencies: Dependencies): RunOperation {
  return async ({ operation, fence }, input) => {
    try {
      return fence(await invoke(operation, { caller, input, signal }, dependencies)).answer;
    } catch (error) {
      if (error instanceof PublicError) throw protocolError(error);
      dependencies.log.error({ err: error, operation: operation.name, request_id: caller.requestId }, 'a read failed');
      const detail = `This is our fault. Try again; if it stays, report the request ID ${caller.requestId}.`;
      throw new ProtocolError(ProtocolErrorCode.InternalError, detail);
    }
  };
}

/** The protocol has few codes: ours goes along as data. */
function protocolError({ code, status, detail }: PublicError): ProtocolError {
  const protocolCode = status < 500 ? ProtocolErrorCode.InvalidParams : ProtocolErrorCode.InternalError;
  return new ProtocolError(protocolCode, `${code}: ${detail}`, { code });
}
