import type { Dialer } from '../core/outbound/dialer.ts';
import { refuse } from './forwarding/settle.ts';
import { InFlight } from './in-flight.ts';
import { Metrics } from './metrics.ts';
import type { RelayContext } from './pipeline.ts';
import type { Snapshot } from './snapshot/snapshot.ts';
import { Upstreams } from './upstreams.ts';

/** Puts together what the pipeline works with. */
export function createRelayContext(
  snapshot: Snapshot,
  dialer: Dialer,
  requestLog: RelayContext['requestLog'],
): RelayContext {
  const relay: RelayContext = {
    snapshot,
    requestLog,
    upstreams: new Upstreams(dialer),
    inFlight: new InFlight(snapshot, (exchange, reason) => refuse(exchange, relay, reason)),
    metrics: new Metrics(),
  };
  return relay;
}
