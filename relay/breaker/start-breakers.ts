import type { Logger } from '../../core/log.ts';
import type { SharedRedis } from '../redis.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import { BreakerJournal } from './breaker-journal.ts';
import { BreakerShare } from './breaker-share.ts';
import { Breakers } from './breakers.ts';

const SWEEP_MS = 60_000;

export interface RunningBreakers {
  breakers: Breakers;
  /** Writes the last changes. */
  stop(): Promise<void>;
}

/** Starts the breakers of one relay process with what they tell and share. */
export function startBreakers(parts: {
  snapshot: Snapshot;
  databaseUrl: string;
  /** null: this process is alone. */
  redis: SharedRedis | null;
  log: Logger;
}): RunningBreakers {
  const { snapshot, databaseUrl, redis, log } = parts;
  const journal = new BreakerJournal(databaseUrl, log);
  const breakers = new Breakers({ snapshot, journal });
  const share = redis === null ? null : new BreakerShare(redis, breakers);
  if (share !== null) breakers.shareBy(share);
  journal.start();
  share?.start();
  const sweep = setInterval(() => breakers.sweep(), SWEEP_MS);
  sweep.unref();
  journal.readNotClosed().then(
    (known) => {
      for (const { agentId, state } of known) breakers.adopt(agentId, state);
    },
    (error: Error) => log.warn({ reason: error.message }, 'breakers start closed: the database did not tell them'),
  );
  return {
    breakers,
    async stop() {
      clearInterval(sweep);
      await share?.stop();
      await journal.stop();
    },
  };
}
