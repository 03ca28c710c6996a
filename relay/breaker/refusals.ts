import type { BreakerState } from '../../core/domain/circuit-breaker.ts';
import { nextProbeAt } from '../../core/domain/circuit-breaker.ts';
import type { Refusal } from '../relay-errors.ts';
import type { Route } from '../snapshot/snapshot.ts';

const LONGEST_RETRY_AFTER_SECONDS = 3_600;

/** The upstream is failing: the caller is told when it is tried next. */
export function isOpen(route: Route, state: BreakerState, now: number): Refusal {
  // A probe under way ends with its answer, most likely long before its lease does.
  const waitMs = state.name === 'open' ? (nextProbeAt(state) ?? now) - now : 0;
  return {
    code: 'circuit_open',
    detail: `The upstream of ${route.name} is failing, so no call is sent to it at present. Try again after Retry-After; list_circuit_breakers tells why.`,
    retryAfterSeconds: inSeconds(waitMs),
  };
}

/** A person holds the breaker open. */
export function heldOpen(route: Route, waitMs: number): Refusal {
  return {
    code: 'circuit_open',
    detail: `The circuit breaker of ${route.name} is held open by hand. A manager can end that with update_circuit_breaker (override: null).`,
    retryAfterSeconds: inSeconds(waitMs),
  };
}

function inSeconds(waitMs: number): number {
  return Math.min(Math.max(Math.ceil(waitMs / 1_000), 1), LONGEST_RETRY_AFTER_SECONDS);
}
