import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { writePrivateJson } from './data-folder.ts';

/** What `<data dir>/run.json` (mode 600) tells scripts while everything is ready. */
export interface RunUrls {
  app_url: string;
  mcp_url: string;
  relay_url: string;
  temporal_ui_url?: string;
  /** The one-time link for the first organization and admin, until there is one. */
  setup_url?: string;
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'run.json');
}

export async function readRunFile(dataDir: string): Promise<RunUrls | undefined> {
  try {
    return JSON.parse(await readFile(fileOf(dataDir), 'utf8')) as RunUrls;
  } catch {
    return undefined;
  }
}

export function writeRunFile(dataDir: string, urls: RunUrls): Promise<void> {
  return writePrivateJson(fileOf(dataDir), urls);
}

export function removeRunFile(dataDir: string): Promise<void> {
  return rm(fileOf(dataDir), { force: true });
}
