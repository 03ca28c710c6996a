import { CancellationScope, condition, defineSignal, setHandler } from '@temporalio/workflow';
import { LOOK_SIGNAL } from '../core/domain/rotation-workflow.ts';

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

/** Sleeps until the time has come (null: it never does) or somebody calls. */
export async function rest(attention: Attention, seconds: number | null): Promise<void> {
  if (seconds === null) await condition(() => attention.isCalled);
  else await condition(() => attention.isCalled, Math.ceil(seconds * 1_000));
  attention.isCalled = false;
}

/** How an attempt of any kind ended. */
type Ended = { outcome: 'later'; retryAfterSeconds: number } | { outcome: string };
type NotLater<Done> = Exclude<Done, { outcome: 'later' }>;

function waitSeconds(ended: Ended): number | undefined {
  return 'retryAfterSeconds' in ended ? ended.retryAfterSeconds : undefined;
}

/** Repeats an attempt, at the times that it names, until it has ended otherwise or is not wanted any more. */
export async function persist<Done extends Ended>(
  attention: Attention,
  attempt: (tries: number) => Promise<Done>,
): Promise<NotLater<Done> | { outcome: 'stop' }> {
  for (let tries = 0; !attention.isCancelled; tries++) {
    const ended = await attempt(tries);
    const seconds = waitSeconds(ended);
    if (seconds === undefined) return ended as NotLater<Done>;
    await rest(attention, seconds);
  }
  return { outcome: 'stop' };
}

/** The same for what must be brought to its end: nobody can stop it. */
export async function persistToTheEnd<Done extends Ended>(
  attention: Attention,
  attempt: (tries: number) => Promise<Done>,
): Promise<NotLater<Done>> {
  for (let tries = 0; ; tries++) {
    const ended = await attempt(tries);
    const seconds = waitSeconds(ended);
    if (seconds === undefined) return ended as NotLater<Done>;
    await rest(attention, seconds);
  }
}
