import { crc32 } from 'node:zlib';
import type { NumberedRows } from '../request-log-upload.ts';

/** Length and CRC-32 of the payload, each four bytes, big-endian. */
const HEADER_BYTES = 8;

/** How each payload and each row in it begins. Within a text of a row the quotes would stand behind a backslash. */
const PAYLOAD_START = '{"number":';
const ROW_START = '{"id":"';

/** A batch as it stands in a spool file: header, then `{number, rows}` as JSON. */
export function encodeFrame({ number, rows }: NumberedRows): Buffer {
  const payload = Buffer.from(JSON.stringify({ number, rows }));
  const header = Buffer.allocUnsafe(HEADER_BYTES);
  header.writeUInt32BE(payload.length, 0);
  header.writeUInt32BE(crc32(payload), 4);
  return Buffer.concat([header, payload]);
}

export interface Frame {
  batch: NumberedRows;
  /** Where it begins in the file, and its length with the header. */
  offset: number;
  length: number;
}

/**
 * The whole frames of a spool file, also those behind a damaged one. What was cut off half-way at the end was never
 * acknowledged, and nothing is ever written behind it.
 * @param onDamage told of each damaged part: of how many rows, as far as it still shows, at least one
 */
export function* decodeFrames(file: Buffer, onDamage: (rows: number) => void): Generator<Frame> {
  let offset = 0;
  while (offset < file.length) {
    const frame = frameAt(file, offset);
    if (frame !== undefined) {
      yield frame;
      offset += frame.length;
      continue;
    }
    const next = nextFrame(file, offset);
    if (next === file.length && isCutOff(file, offset)) return;
    onDamage(Math.max(1, rowsBetween(file, offset, next)));
    offset = next;
  }
}

function frameAt(file: Buffer, offset: number): Frame | undefined {
  if (isCutOff(file, offset)) return undefined;
  const payloadBytes = file.readUInt32BE(offset);
  const payload = file.subarray(offset + HEADER_BYTES, offset + HEADER_BYTES + payloadBytes);
  // Zeros are the right sum of nothing.
  if (payloadBytes === 0 || crc32(payload) !== file.readUInt32BE(offset + 4)) return undefined;
  const batch = JSON.parse(payload.toString('utf8')) as NumberedRows;
  return { batch, offset, length: HEADER_BYTES + payloadBytes };
}

/** Whether the file ends before the frame does. */
function isCutOff(file: Buffer, offset: number): boolean {
  const left = file.length - offset - HEADER_BYTES;
  return left < 0 || left < file.readUInt32BE(offset);
}

/** Where the next whole frame begins behind a damaged one, or the file ends. */
function nextFrame(file: Buffer, damaged: number): number {
  for (let from = damaged + HEADER_BYTES + 1; ; from += 1) {
    from = file.indexOf(PAYLOAD_START, from);
    if (from === -1) return file.length;
    if (frameAt(file, from - HEADER_BYTES) !== undefined) return from - HEADER_BYTES;
  }
}

function rowsBetween(file: Buffer, from: number, until: number): number {
  let rows = 0;
  const part = file.subarray(from, until);
  for (let at = part.indexOf(ROW_START); at !== -1; at = part.indexOf(ROW_START, at + 1)) rows += 1;
  return rows;
}
