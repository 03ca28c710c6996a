import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { operations } from '../core/operations/index.ts';
import { createToolCatalog } from '../mcp/tool-catalog.ts';

/** Records each tool as clients see it, so that a change of the contract shows in review. */

const FOLDER = new URL('../tests/mcp/tools/', import.meta.url);

rmSync(FOLDER, { recursive: true, force: true });
mkdirSync(FOLDER);
for (const { tool } of createToolCatalog(operations).values()) {
  writeFileSync(new URL(`${tool.name}.json`, FOLDER), `${JSON.stringify(tool, null, 2)}\n`);
}
