import type { RequestLogRow } from '../core/store/request-log-row.ts';
import type { Exchange } from './exchange.ts';
import { refuse } from './forwarding/settle.ts';
import type { InFlight } from './in-flight.ts';
import type { Metrics } from './metrics.ts';
import type { Refusal } from './relay-errors.ts';
import type { Snapshot } from './snapshot/snapshot.ts';
import { authenticate } from './steps/authenticate.ts';
import { findAgent } from './steps/find-agent.ts';
import { forward } from './steps/forward.ts';
import { injectCredentials } from './steps/inject-credentials.ts';
import { parseRequest } from './steps/parse-request.ts';
import type { Upstreams } from './upstreams.ts';

/** What the steps work with; one for the process. */
export interface RelayContext {
  readonly snapshot: Snapshot;
  readonly upstreams: Upstreams;
  readonly inFlight: InFlight;
  readonly requestLog: { add(row: RequestLogRow): void };
  readonly metrics: Metrics;
}

/** Does its part of a call and lets it go on (null), or says why the relay answers it. */
export type Step = (exchange: Exchange, relay: RelayContext) => Refusal | null;

/**
 * A call's way, in order. Limits and breakers stand after `findAgent`, before a secret is touched. The last step hands
 * over to the answer (forwarding/upstream-answer.ts); each end, whichever way, comes to `record`.
 */
const PIPELINE: readonly Step[] = [parseRequest, authenticate, findAgent, injectCredentials, forward];

/** Carries one call: runs the steps until one refuses. */
export function carry(exchange: Exchange, relay: RelayContext): void {
  for (const step of PIPELINE) {
    const refusal = step(exchange, relay);
    if (refusal !== null) {
      refuse(exchange, relay, refusal);
      return;
    }
  }
}
