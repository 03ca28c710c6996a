import { randomFillSync } from 'node:crypto';

const RANDOM_BYTES = 10;
const pool = Buffer.allocUnsafe(RANDOM_BYTES * 256);
let used = pool.length;

/** A UUID of version 7 (RFC 9562 §5.7). Random bytes are fetched for 256 of them at once. */
export function newRequestId(now = Date.now()): string {
  if (used === pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const random = pool.toString('hex', used, used + RANDOM_BYTES);
  const variant = (8 + ((pool[used + 2] ?? 0) & 3)).toString(16);
  used += RANDOM_BYTES;
  const time = now.toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${random.slice(0, 3)}-${variant}${random.slice(5, 8)}-${random.slice(8)}`;
}
