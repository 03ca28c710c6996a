import { listAgents } from './list-agents.ts';
import { withMcpSetting } from './mcp-setting.ts';

/** The MCP server's benchmarks by name. */
export const MCP_BENCHES: Record<string, () => Promise<void>> = {
  'list-agents': () => withMcpSetting(listAgents),
};
