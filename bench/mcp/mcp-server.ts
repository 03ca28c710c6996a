import type { Post } from '../load/post.ts';
import type { ServerProcess } from '../server-process.ts';

/** An MCP server on the measured core, and the same tool call as each of its clients makes it. */
export interface McpServer {
  name: string;
  process: ServerProcess;
  calls: readonly Post[];
}

/** A client's call of `list_agents` in the newest protocol, which is one request. */
export function listAgentsCall(url: string, accessToken: string): Post {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'bench', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  return {
    url,
    headers: {
      Authorization: `Bearer ${accessToken}`,
      'Content-Type': 'application/json',
      Accept: 'application/json, text/event-stream',
      'MCP-Protocol-Version': '2026-07-28',
      'Mcp-Method': 'tools/call',
      'Mcp-Name': 'list_agents',
    },
    body: JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'tools/call',
      params: { name: 'list_agents', arguments: {}, _meta: meta },
    }),
  };
}
