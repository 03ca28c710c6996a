import { CHUNK_VECTORS, CODINGS, LENGTHS } from './framing-vectors.ts';
import { FIELDS, HOSTS, REQUEST_LINES, SIZES } from './head-vectors.ts';
import type { RawVector } from './raw-vector.ts';

export const RAW_VECTORS: Record<string, RawVector[]> = {
  'transfer codings': CODINGS,
  'content lengths': LENGTHS,
  chunks: CHUNK_VECTORS,
  'request lines': REQUEST_LINES,
  hosts: HOSTS,
  fields: FIELDS,
  sizes: SIZES,
};
