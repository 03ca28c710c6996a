import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';

const CHUNK_CHARACTERS = 65_536;

async function* chunksOf(rows: AsyncIterable<object>): AsyncGenerator<string> {
  let chunk = '';
  for await (const row of rows) {
    chunk += `${JSON.stringify(row)}\n`;
    if (chunk.length < CHUNK_CHARACTERS) continue;
    yield chunk;
    chunk = '';
  }
  if (chunk !== '') yield chunk;
}

/** Sends rows one a line (jsonlines.org), no faster than the caller takes them. An error cuts the answer off. */
export async function sendJsonLines(response: Response, rows: AsyncIterable<object>): Promise<void> {
  response.set('Content-Type', 'application/jsonl');
  try {
    await pipeline(chunksOf(rows), response);
  } catch (error) {
    const { code, name } = error as { code?: string; name?: string };
    const callerIsGone = code === 'ERR_STREAM_PREMATURE_CLOSE' || name === 'AbortError';
    if (!callerIsGone) throw error;
  }
}
