import { PublicError } from '../errors.ts';

/** Lets so much through for each organization at once; the rest waits in that organization's own queue. */
export interface FairGate {
  /** @throws PublicError `rate_limited` when the organization's queue does not move for too long */
  through<T>(organizationId: string, work: () => Promise<T>): Promise<T>;
}

/** One organization's flood takes no more than its share: another's request never waits behind it. */
export function createFairGate({ atOnce, longestWaitMs }: { atOnce: number; longestWaitMs: number }): FairGate {
  const underWay = new Map<string, number>();
  const queues = new Map<string, Set<() => void>>();

  function wait(organizationId: string): Promise<void> {
    const queue = queues.get(organizationId) ?? new Set();
    queues.set(organizationId, queue);
    return new Promise((resolve, reject) => {
      const enter = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        queue.delete(enter);
        const detail = 'Your organization has too many requests under way. Send fewer at once; try again shortly.';
        reject(new PublicError('rate_limited', detail, { retryAfterSeconds: 1 }));
      }, longestWaitMs);
      queue.add(enter);
    });
  }

  /** Hands the place to the first in the queue, or gives it back. */
  function leave(organizationId: string): void {
    const queue = queues.get(organizationId);
    const [next] = queue ?? [];
    if (next !== undefined) {
      queue?.delete(next);
      next();
      return;
    }
    queues.delete(organizationId);
    const left = (underWay.get(organizationId) ?? 1) - 1;
    if (left === 0) underWay.delete(organizationId);
    else underWay.set(organizationId, left);
  }

  return {
    async through(organizationId, work) {
      const taken = underWay.get(organizationId) ?? 0;
      if (taken < atOnce) underWay.set(organizationId, taken + 1);
      else await wait(organizationId);
      try {
        return await work();
      } finally {
        leave(organizationId);
      }
    },
  };
}
