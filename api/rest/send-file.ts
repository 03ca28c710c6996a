import { pipeline } from 'node:stream/promises';
import type { Response } from 'express';
import type { AnsweredFile } from '../../core/operations/define-operation.ts';

/**
 * Sends a stranger's file so that no browser shows or runs it: as a download of no known type, whatever its sender called
 * it. No faster than the caller takes it; an error cuts the answer off.
 */
export async function sendFile(response: Response, { filename, content }: AnsweredFile): Promise<void> {
  response.attachment(filename || 'attachment');
  response.set({
    'Content-Type': 'application/octet-stream',
    'X-Content-Type-Options': 'nosniff',
    'Content-Security-Policy': "default-src 'none'; sandbox",
  });
  try {
    await pipeline(content, response);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}
