import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';

/** The forms in which a secret could lie about: raw, base64 at each of its three alignments, URL-, JSON-, HTML-escaped, hex. */
export function formsOf(secret: string): string[] {
  const bytes = Buffer.from(secret);
  const base64 = [0, 1, 2].map((shift) => {
    const text = Buffer.concat([Buffer.alloc(shift), bytes]).toString('base64');
    // Characters at the edges mix with what stands beside the secret.
    return text.slice(shift === 0 ? 0 : 4, -4);
  });
  const forms = [
    secret,
    ...base64,
    ...base64.map((text) => text.replaceAll('+', '-').replaceAll('/', '_')),
    encodeURIComponent(secret),
    JSON.stringify(secret).slice(1, -1),
    JSON.stringify(JSON.stringify(secret)).slice(3, -3),
    secret.replaceAll('&', '&amp;').replaceAll('"', '&quot;'),
    bytes.toString('hex'),
  ];
  return [...new Set(forms)];
}

async function* filesUnder(folder: string): AsyncGenerator<string> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesUnder(path);
    else if (entry.isFile()) yield path;
  }
}

/** The files below a folder (databases, write-ahead logs, histories, log files) that hold one of the texts. */
export async function filesHolding(folder: string, texts: string[]): Promise<string[]> {
  const needles = texts.map((text) => Buffer.from(text));
  const holding: string[] = [];
  for await (const file of filesUnder(folder)) {
    const content = await readFile(file).catch((error: NodeJS.ErrnoException) => {
      // A journal that a database has put away meanwhile.
      if (error.code === 'ENOENT') return Buffer.alloc(0);
      throw error;
    });
    if (needles.some((needle) => content.includes(needle))) holding.push(file);
  }
  return holding;
}

/** The tables that hold one of the texts in any row, read as rows: what compression hides in files shows here. */
export async function tablesHolding(superuserUrl: string, texts: string[]): Promise<string[]> {
  const client = new pg.Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const { rows } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const holding: string[] = [];
    for (const { name } of rows) {
      const found = await client.query(
        `SELECT 1 FROM ${name} AS t WHERE EXISTS (SELECT 1 FROM unnest($1::text[]) n WHERE strpos(t::text, n) > 0) LIMIT 1`,
        [texts.flatMap((text) => [text, Buffer.from(text).toString('hex')])],
      );
      if (found.rowCount !== 0) holding.push(name);
    }
    return holding;
  } finally {
    await client.end();
  }
}
