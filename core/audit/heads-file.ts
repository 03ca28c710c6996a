import { type FileHandle, mkdir, open, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { canonicalJson } from '../domain/canonical-json.ts';
import type { SignedHead } from './head.ts';

/** Where heads are kept that the database cannot reach: one a line. */
export function headsFile(dataDir: string): string {
  return join(dataDir, 'audit', 'heads.jsonl');
}

/** Appends heads, and returns when they are on disk. */
export async function appendHeads(file: string, heads: readonly SignedHead[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const handle = await open(file, 'a+', 0o600);
  try {
    // A line that a crash tore stays by itself.
    const start = (await endsTorn(handle)) ? '\n' : '';
    await handle.appendFile(start + heads.map((head) => `${canonicalJson(head)}\n`).join(''));
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

async function endsTorn(handle: FileHandle): Promise<boolean> {
  const { size } = await handle.stat();
  if (size === 0) return false;
  const { buffer } = await handle.read(Buffer.alloc(1), 0, 1, size - 1);
  return buffer.toString() !== '\n';
}

/** @throws Error that names the line which is no head */
export async function readHeads(file: string): Promise<SignedHead[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').entries();
  return [...lines].filter(([, line]) => line !== '').map(([index, line]) => readHead(line, `${file}:${index + 1}`));
}

function readHead(line: string, place: string): SignedHead {
  try {
    const { organization_id, sequence, hash, signed_at, key_id, signature } = JSON.parse(line) as SignedHead;
    return { organization_id, sequence, hash, signed_at, key_id, signature };
  } catch {
    throw new Error(`${place} is no head. If a crash tore the line, remove it.`);
  }
}
