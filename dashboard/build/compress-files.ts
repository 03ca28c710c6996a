import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

/** Smaller files gain nothing. */
const LEAST_BYTES = 1_024;

/** Writes each script and stylesheet of a folder compressed beside itself, so that the server compresses nothing. */
export async function compressFiles(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => /\.(js|css)$/.test(name));
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };
  for (const name of names) {
    const content = await readFile(join(folder, name));
    if (content.length < LEAST_BYTES) continue;
    await writeFile(join(folder, `${name}.br`), brotliCompressSync(content, quality));
    await writeFile(join(folder, `${name}.gz`), gzipSync(content, { level: 9 }));
  }
}
