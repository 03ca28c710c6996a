import type { Dialer } from '../core/outbound/dialer.ts';
import type { Breakers } from './breaker/breakers.ts';
import { refuse } from './forwarding/settle.ts';
import { InFlight } from './in-flight.ts';
import { Limiter } from './limits/limiter.ts';
import { Metrics } from './metrics.ts';
import type { RelayContext } from './pipeline.ts';
import type { SharedRedis } from './redis.ts';
import { Rotations } from './rotation/rotations.ts';
import type { Snapshot } from './snapshot/snapshot.ts';
import { Upstreams } from './upstreams.ts';

/** What this process is among the others that serve the same agents. */
export interface Company {
  processId: string;
  /** null: there are no others. */
  redis: SharedRedis | null;
}

/** Puts together what the pipeline works with. */
export function createRelayContext(
  snapshot: Snapshot,
  dialer: Dialer,
  requestLog: RelayContext['requestLog'],
  { processId, redis }: Company,
  breakers: Breakers,
): RelayContext {
  const relay: RelayContext = {
    snapshot,
    requestLog,
    breakers,
    rotations: new Rotations(),
    upstreams: new Upstreams(dialer),
    inFlight: new InFlight(snapshot, (exchange, reason) => refuse(exchange, relay, reason)),
    metrics: new Metrics(),
    limiter: new Limiter({
      plans: snapshot.plans,
      redis,
      processIds: () => snapshot.processIds,
      ownId: processId,
    }),
  };
  return relay;
}
