import { heartbeat } from '@temporalio/activity';

/** Well below every heartbeat timeout, so that the work of a worker that died goes on elsewhere within seconds. */
const EVERY_MS = 1_000;

type Activities = Record<string, (...args: never[]) => Promise<unknown>>;

/** The same activities, which tell Temporal that they live as long as they run. */
export function heartbeating<T extends Activities>(activities: T): T {
  const wrapped = Object.entries(activities).map(([name, activity]) => [
    name,
    async (...args: never[]) => {
      const timer = setInterval(() => heartbeat(), EVERY_MS);
      try {
        return await activity(...args);
      } finally {
        clearInterval(timer);
      }
    },
  ]);
  return Object.fromEntries(wrapped) as T;
}
