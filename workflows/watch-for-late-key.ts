import { proxyActivities, sleep } from '@temporalio/workflow';
import type { LateKeyActivities } from '../activities/late-keys.ts';
import type { LostAttempt } from '../core/domain/late-key.ts';

const { lookForLateKey } = proxyActivities<LateKeyActivities>({
  startToCloseTimeout: '2 minutes',
  heartbeatTimeout: '10 seconds',
  retry: { initialInterval: '500 ms', backoffCoefficient: 2, maximumInterval: '20 seconds' },
});

const LOOK_EVERY = '30 seconds';
/** An hour of them. */
const LOOKS = 120;

/** Looks for a key that a provider made after its call was given up, so that none stays behind: it is ended, or a person told. */
export async function watchForLateKey(attempt: LostAttempt): Promise<void> {
  for (let left = LOOKS; left > 0; left--) {
    await sleep(LOOK_EVERY);
    if (await lookForLateKey({ ...attempt, isLast: left === 1 })) return;
  }
}
