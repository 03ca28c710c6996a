import { CancellationScope, condition, defineSignal, setHandler } from '@temporalio/workflow';
import { type Attempt, LOOK_SIGNAL } from '../core/domain/rotation-workflow.ts';

/** Somebody decided or entered something: the rows tell what. */
export const lookSignal = defineSignal(LOOK_SIGNAL);

/** What a workflow hears while it works. A cancellation is heard between two steps and never breaks one. */
export interface Attention {
  isCancelled: boolean;
  isCalled: boolean;
}

/** Call it first; then work inside a scope that cannot be cancelled. */
export function payAttention(): Attention {
  const attention = { isCancelled: false, isCalled: false };
  setHandler(lookSignal, () => {
    attention.isCalled = true;
  });
  CancellationScope.current().cancelRequested.catch(() => {
    attention.isCancelled = true;
    attention.isCalled = true;
  });
  return attention;
}

/** Sleeps until the time has come or somebody calls. */
export async function rest(attention: Attention, seconds: number): Promise<void> {
  await condition(() => attention.isCalled, Math.ceil(seconds * 1_000));
  attention.isCalled = false;
}

/** Repeats an attempt, at the times that it names, until it has ended otherwise or is not wanted any more. */
export async function persist<Done extends Attempt>(
  attention: Attention,
  attempt: (tries: number) => Promise<Done>,
): Promise<Exclude<Done, { outcome: 'later' }> | { outcome: 'stop' }> {
  for (let tries = 0; !attention.isCancelled; tries++) {
    const ended = await attempt(tries);
    if (ended.outcome !== 'later') return ended as Exclude<Done, { outcome: 'later' }>;
    await rest(attention, ended.retryAfterSeconds);
  }
  return { outcome: 'stop' };
}

/** The same for what must be brought to its end: nobody can stop it. */
export async function persistToTheEnd<Done extends Attempt>(
  attention: Attention,
  attempt: (tries: number) => Promise<Done>,
): Promise<Exclude<Done, { outcome: 'later' }>> {
  for (let tries = 0; ; tries++) {
    const ended = await attempt(tries);
    if (ended.outcome !== 'later') return ended as Exclude<Done, { outcome: 'later' }>;
    await rest(attention, ended.retryAfterSeconds);
  }
}
