import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../tests/servers/free-port.ts';
import { MEASURED_CORE } from '../cores.ts';
import type { Post } from '../load/post.ts';
import { ServerProcess } from '../server-process.ts';
import { listAgentsCall, type McpServer } from './mcp-server.ts';
import type { McpSetting } from './mcp-setting.ts';

const PROGRAM = fileURLToPath(new URL('bare-server-main.ts', import.meta.url));

/**
 * The protocol's own package with one tool: no token, no database, and each answer the one that ours gave to `asked`. The
 * most that any server on this package could do.
 */
export async function startBareServer({ folder }: McpSetting, asked: Post, clients: number): Promise<McpServer> {
  const answered = await fetch(asked.url, { method: 'POST', headers: asked.headers, body: asked.body });
  const { result } = (await answered.json()) as { result: unknown };
  const file = `${folder}/static-answer.json`;
  await writeFile(file, JSON.stringify(result));
  const port = await freePort();
  const command = [process.execPath, PROGRAM, String(port), file];
  const process_ = await ServerProcess.start({ core: MEASURED_CORE, port, command });
  const call = listAgentsCall(`http://127.0.0.1:${port}/api/mcp`, 'none');
  return { name: 'bare MCP server', process: process_, calls: Array.from({ length: clients }, () => call) };
}
