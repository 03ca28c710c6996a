import type { RequestLogWriter } from '../core/store/request-log-writer.ts';
import type { Breakers } from './breaker/breakers.ts';
import type { Exchange } from './exchange.ts';
import { refuse } from './forwarding/settle.ts';
import type { InFlight } from './in-flight.ts';
import type { Limiter } from './limits/limiter.ts';
import type { Metrics } from './metrics.ts';
import type { Refusal } from './relay-errors.ts';
import type { Rotations } from './rotation/rotations.ts';
import type { Snapshot } from './snapshot/snapshot.ts';
import { askForPlainAnswer } from './steps/ask-for-plain-answer.ts';
import { authenticate } from './steps/authenticate.ts';
import { authorizeUpstream } from './steps/authorize-upstream.ts';
import { chooseVersion } from './steps/choose-version.ts';
import { circuitBreaker } from './steps/circuit-breaker.ts';
import { findAgent } from './steps/find-agent.ts';
import { forward } from './steps/forward.ts';
import { injectCredentials } from './steps/inject-credentials.ts';
import { parseRequest } from './steps/parse-request.ts';
import { rateLimit } from './steps/rate-limit.ts';
import type { Upstreams } from './upstreams.ts';

/** What the steps work with; one for the process. */
export interface RelayContext {
  readonly snapshot: Snapshot;
  readonly upstreams: Upstreams;
  readonly inFlight: InFlight;
  readonly requestLog: Pick<RequestLogWriter, 'add' | 'addDurable'>;
  readonly metrics: Metrics;
  readonly limiter: Limiter;
  readonly breakers: Breakers;
  readonly rotations: Rotations;
}

/**
 * Does its part of a call and lets it go on (null), or says why the relay answers it. A promise is only for what truly
 * waits (a token's first fetch, a body to be hashed, Redis): on the common way no step returns one.
 */
export type Step = (exchange: Exchange, relay: RelayContext) => Refusal | null | Promise<Refusal | null>;

/**
 * A call's way, in order. Breakers and limits stand after `findAgent`, before a secret is touched; the breaker first, so that
 * a call that it refuses takes no place in a limit. The last step hands over to the answer (forwarding/upstream-answer.ts);
 * each end, whichever way, comes to `record`.
 */
const PIPELINE: readonly Step[] = [
  parseRequest,
  authenticate,
  findAgent,
  circuitBreaker,
  rateLimit,
  askForPlainAnswer,
  chooseVersion,
  injectCredentials,
  authorizeUpstream,
  forward,
];

/** Carries one call: runs the steps until one refuses. A promise of a step never rejects. */
export function carry(exchange: Exchange, relay: RelayContext, firstStep = 0): void {
  for (let i = firstStep; i < PIPELINE.length; i += 1) {
    const outcome = (PIPELINE[i] as Step)(exchange, relay);
    if (outcome === null) continue;
    if (outcome instanceof Promise) {
      outcome.then((refusal) => {
        if (refusal !== null) refuse(exchange, relay, refusal);
        // The caller may have left meanwhile.
        else if (!exchange.settled) carry(exchange, relay, i + 1);
      });
    } else {
      refuse(exchange, relay, outcome);
    }
    return;
  }
}
