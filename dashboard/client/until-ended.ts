import { call } from './call.ts';
import type { Output } from './registry.ts';

/** Of the 50 that the server takes: what stands between may have less patience. */
const WAIT_SECONDS = 25;

/**
 * Waits until a long-running operation has ended, and gives it: one that goes on by itself or is being cancelled, since the
 * server answers at once for one that waits for a person.
 * @throws Problem, Unreachable
 */
export async function untilEnded(id: string): Promise<Output<'get_operation'>['operation']> {
  for (;;) {
    const { operation } = await call('get_operation', { operation: id, wait_seconds: WAIT_SECONDS });
    if (operation.finished_at !== null) return operation;
  }
}
