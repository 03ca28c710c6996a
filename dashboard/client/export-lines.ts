import { call } from './call.ts';
import type { Input, OperationName } from './registry.ts';

const MOST_ROWS = 10_000;
const ROWS_A_CALL = 200;

/** Lets the browser keep what is given as a file. */
export function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = Object.assign(document.createElement('a'), { href: url, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/**
 * Saves what a list finds, the first 10,000 rows of it, as JSON Lines: each row as REST answers it.
 * @returns how many rows, and whether there were more
 * @throws Problem, Unreachable
 */
export async function exportLines<Name extends OperationName>(
  name: Name,
  input: Input<Name>,
  file: string,
): Promise<{ rows: number; isAll: boolean }> {
  const lines: string[] = [];
  let cursor: string | undefined;
  do {
    const page = (await call(name, { ...input, limit: ROWS_A_CALL, cursor })) as {
      items: object[];
      next_cursor: string | null;
    };
    for (const row of page.items) lines.push(`${JSON.stringify(row)}\n`);
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined && lines.length < MOST_ROWS);
  saveFile(file, new Blob(lines, { type: 'application/jsonl' }));
  return { rows: lines.length, isAll: cursor === undefined };
}
