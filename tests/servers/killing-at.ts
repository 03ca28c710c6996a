type Activities = Record<string, (...args: never[]) => Promise<unknown>>;

/** An activity, and whether the worker dies before or after its work is done (its answer is lost then). */
export type KillPoint = `${string}:before` | `${string}:after`;

/** The same activities, but for one of them, at which the process kills itself: `cutOver:after`. */
export function killingAt(activities: Activities, killAt: string | undefined): Activities {
  const [killed, moment] = (killAt ?? '').split(':');
  const killable = Object.entries(activities).map(([name, activity]) => [
    name,
    async (...args: never[]) => {
      if (name === killed && moment === 'before') process.kill(process.pid, 'SIGKILL');
      const answer = await activity(...args);
      if (name === killed && moment === 'after') process.kill(process.pid, 'SIGKILL');
      return answer;
    },
  ]);
  return Object.fromEntries(killable);
}
