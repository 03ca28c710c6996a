import type { Dependencies } from '../dependencies.ts';
import { actorOf, type Caller } from '../domain/caller.ts';
import { ERROR_STATUS } from '../errors.ts';
import { Prisma } from '../store/generated/client.ts';
import { recordAuditEvent } from './audit.ts';

type AppCaller = Extract<Caller, { kind: 'app' }>;

/** What one grant's app may call, for all processes of ours together. */
export const CALLS_PER_SECOND = 30;
/** Calls that were not made are saved up to so many. */
export const MOST_SAVED = 300;
/** A process takes so many at once, so that few calls ask the database. */
const TAKEN_AT_ONCE = 20;
/** What a process has taken and not passed on by then is lost: the limit errs on the safe side. */
const KEPT_MS = 5_000;
const MOST_GRANTS = 10_000;

interface Taken {
  /** 0: there was nothing to take. */
  left: number;
  /** In milliseconds since the epoch. */
  until: number;
}

/**
 * Lets through what grants may call. Counted in Postgres, without which there is no call anyway, as the time up to which
 * the grant has taken its calls (GCRA); processes take some at a time.
 * @returns for a caller, the seconds to wait; 0: go on
 */
export function createGrantLimit(
  dependencies: Pick<Dependencies, 'database'>,
  now: () => number = Date.now,
): (caller: AppCaller) => Promise<number> {
  const stock = new Map<string, Taken>();
  const asking = new Map<string, Promise<void>>();

  async function restock(caller: AppCaller): Promise<void> {
    const seconds = await takeCalls(dependencies, caller, TAKEN_AT_ONCE);
    if (stock.size >= MOST_GRANTS) stock.delete(stock.keys().next().value ?? '');
    const taken =
      seconds === 0 ? { left: TAKEN_AT_ONCE, until: now() + KEPT_MS } : { left: 0, until: now() + seconds * 1_000 };
    stock.set(caller.grantId, taken);
  }

  return async (caller) => {
    const { grantId } = caller;
    for (;;) {
      const taken = stock.get(grantId);
      if (taken !== undefined && now() < taken.until) {
        if (taken.left === 0) return Math.ceil((taken.until - now()) / 1_000);
        taken.left -= 1;
        if (taken.left === 0) stock.delete(grantId);
        return 0;
      }
      const asked = asking.get(grantId) ?? restock(caller).finally(() => asking.delete(grantId));
      asking.set(grantId, asked);
      await asked;
    }
  };
}

/** @returns 0 when the calls are taken, else in how many seconds there are so many again */
async function takeCalls({ database }: Pick<Dependencies, 'database'>, caller: AppCaller, calls: number) {
  const { grantId, organizationId } = caller;
  const worth = calls / CALLS_PER_SECOND;
  const saved = MOST_SAVED / CALLS_PER_SECOND;
  const take = Prisma.sql`
    INSERT INTO grant_calls AS earlier (grant_id, organization_id, taken_until)
    VALUES (${grantId}, ${organizationId}::uuid, now() + make_interval(secs => ${worth}))
    ON CONFLICT (grant_id) DO UPDATE
    SET taken_until = greatest(earlier.taken_until, now()) + make_interval(secs => ${worth})
    WHERE earlier.taken_until <= now() + make_interval(secs => ${saved - worth})
    RETURNING grant_id`;
  // What Postgres forgets by dying was a second's calls at most.
  const took = await database.inOrganization(organizationId, (transaction) => transaction.send(take), {
    durable: false,
  });
  return took.length === 1 ? 0 : refuseCalls(database, caller, saved - worth);
}

/**
 * Records the refusal: a process asks again after as many seconds, so of the refusals until then this is the only one.
 * @param allowed how many seconds ahead a grant may have taken its calls
 * @returns in how many seconds
 */
function refuseCalls(database: Dependencies['database'], caller: AppCaller, allowed: number): Promise<number> {
  const { grantId, organizationId, requestId } = caller;
  return database.inOrganization(organizationId, async (transaction) => {
    const [wait] = await transaction.send<{ seconds: number }>(Prisma.sql`
      SELECT extract(epoch FROM taken_until - now())::float8 - ${allowed} AS seconds
      FROM grant_calls WHERE grant_id = ${grantId}`);
    const seconds = Math.max(1, Math.ceil(wait?.seconds ?? 1));
    await recordAuditEvent(transaction, {
      actor: actorOf(caller),
      action: 'rate_limited',
      status: ERROR_STATUS.rate_limited,
      outcome: 'refused',
      arguments: { wait_seconds: seconds },
      requestId,
    });
    return seconds;
  });
}
