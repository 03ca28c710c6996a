import { crc32 } from 'node:zlib';
import type { NumberedRows } from '../request-log-upload.ts';

/** Length and CRC-32 of the payload, each four bytes, big-endian. */
const HEADER_BYTES = 8;

/** A batch as it stands in a spool file: header, then `{number, rows}` as JSON. */
export function encodeFrame(batch: NumberedRows): Buffer {
  const payload = Buffer.from(JSON.stringify(batch));
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
 * The frames of a spool file, as far as they are whole: what was cut off half-way was never acknowledged, and nothing is
 * ever written behind it.
 */
export function* decodeFrames(file: Buffer): Generator<Frame> {
  let offset = 0;
  while (file.length - offset >= HEADER_BYTES) {
    const length = HEADER_BYTES + file.readUInt32BE(offset);
    const payload = file.subarray(offset + HEADER_BYTES, offset + length);
    if (file.length - offset < length || crc32(payload) !== file.readUInt32BE(offset + 4)) return;
    yield { batch: JSON.parse(payload.toString('utf8')) as NumberedRows, offset, length };
    offset += length;
  }
}
