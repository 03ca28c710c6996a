import { randomUUID } from 'node:crypto';
import type { Dependencies } from '../dependencies.ts';
import { type Change, readChange } from '../domain/changes.ts';
import { listenTo } from '../store/listener.ts';
import { carriedCalls } from './carried-calls.ts';
import { ChangeRing, type Missed, type NumberedChange } from './change-ring.ts';

export interface Follower {
  onChange(change: NumberedChange): void;
  /** Changes up to this number may have been missed: everything is to be read anew. */
  onGap(number: number): void;
}

export interface Following {
  /** What happened after a number that this feed told. */
  since(number: number): Missed;
  end(): void;
}

/** Tells what changes in the organizations that somebody follows. */
export interface ChangeFeed {
  /** Names this start of this process: the numbers of another mean nothing here. */
  readonly epoch: string;
  /** The number of the latest change of all. */
  latest(): number;
  follow(organizationId: string, follower: Follower): Following;
  /**
   * What changes in an organization from here on is remembered for a while: who reads it now and follows soon misses none.
   * @returns the number to go on from
   */
  remember(organizationId: string): number;
  close(): Promise<void>;
}

/** How often it is looked whether calls were carried, in organizations that somebody follows. */
const TRAFFIC_EVERY_MS = 3_000;
/** How long it is remembered what nobody follows any more: until a page is loaded again, or a network comes back. */
const KEPT_UNFOLLOWED_MS = 120_000;

interface Followed {
  followers: Set<Follower>;
  ring: ChangeRing;
  /** As last seen. Where there are some at the first look, it is not known whether who follows has read them. */
  calls: number;
  forgetting?: NodeJS.Timeout;
}

/**
 * Follows Postgres' notices of changed rows. Calls are counted without a notice, so for them it looks at one row of each
 * followed organization every few seconds.
 */
export function openChangeFeed(
  { database, log }: Pick<Dependencies, 'database' | 'log'>,
  databaseUrl: string,
): ChangeFeed {
  const followed = new Map<string, Followed>();
  let latest = 0;

  function tell({ ring, followers }: Followed, change: Change): void {
    latest += 1;
    const numbered = { ...change, number: latest };
    ring.add(numbered);
    for (const follower of followers) follower.onChange(numbered);
  }

  /** The connection stands anew: what changed before was not heard. */
  function tellGap(): void {
    latest += 1;
    for (const { ring, followers } of followed.values()) {
      ring.forget(latest);
      for (const follower of followers) follower.onGap(latest);
    }
  }

  function onTold(payload: string): void {
    const told = readChange(payload);
    const known = told && followed.get(told.organizationId);
    if (known) tell(known, told.change);
  }

  async function lookForCalls(organizationId: string, known: Followed): Promise<void> {
    const calls = await database.inOrganization(organizationId, carriedCalls);
    if (known.calls !== calls) tell(known, { kind: 'traffic', id: null });
    known.calls = calls;
  }

  const listener = listenTo(databaseUrl, 'change', { onTold, onListening: tellGap }, log);
  const looking = setInterval(() => {
    for (const [organizationId, known] of followed) {
      // The database is away, or busy with this organization: it is looked again soon.
      if (known.followers.size > 0) lookForCalls(organizationId, known).catch(() => {});
    }
  }, TRAFFIC_EVERY_MS);

  function followedNow(organizationId: string): Followed {
    const known = followed.get(organizationId) ?? { followers: new Set(), ring: new ChangeRing(latest), calls: 0 };
    clearTimeout(known.forgetting);
    followed.set(organizationId, known);
    return known;
  }

  function forgetSoon(organizationId: string, known: Followed): void {
    if (known.followers.size > 0) return;
    clearTimeout(known.forgetting);
    known.forgetting = setTimeout(() => followed.delete(organizationId), KEPT_UNFOLLOWED_MS).unref();
  }

  return {
    epoch: randomUUID().slice(0, 8),
    latest: () => latest,
    follow(organizationId, follower) {
      const known = followedNow(organizationId);
      known.followers.add(follower);
      return {
        since: (number) => known.ring.since(number),
        end() {
          // Said again, it must not forget those who follow by now.
          if (known.followers.delete(follower)) forgetSoon(organizationId, known);
        },
      };
    },
    remember(organizationId) {
      forgetSoon(organizationId, followedNow(organizationId));
      return latest;
    },
    async close() {
      clearInterval(looking);
      for (const { forgetting } of followed.values()) clearTimeout(forgetting);
      await listener.close();
    },
  };
}
