import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

const PYTHON_CLIENTS = 'fastmcp-4.2.3';
const INSPECTOR = 'mcp-inspector-2.12.0';

/** Where `tools/install-test-servers.sh` puts clients that others wrote: outside the work tree, once a machine. */
const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'agentgateway');

/** Python with `fastmcp` and, below it, `mcp`. */
export const python = join(folder, PYTHON_CLIENTS, 'bin/python');
/** The program of `mcp-inspector`, for Node. */
export const inspector = join(folder, INSPECTOR, 'node_modules/.bin/mcp-inspector');

/** Whether all of them are on this machine. */
export function hasOutsideClients(): boolean {
  return existsSync(python) && existsSync(inspector);
}
