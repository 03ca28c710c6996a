import type { BreakerEvidence, BreakerReason } from './circuit-breaker.ts';

/** Says in one sentence why a breaker is in its state. */
export function whyInWords(reason: BreakerReason, evidence: BreakerEvidence): string {
  const { calls, failures, window_seconds, last_errors, by, until } = evidence;
  const lastError = last_errors?.at(-1)?.error;
  switch (reason) {
    case 'too_many_failures':
      return `${failures} of ${calls} calls within ${window_seconds} s failed.`;
    case 'cool_down_over':
      return 'The cool-down is over: one call at a time tries the upstream.';
    case 'probe_failed':
      return `The call that tried the upstream failed (${lastError}).`;
    case 'probe_succeeded':
      return 'The call that tried the upstream succeeded.';
    case 'reset':
      return `Reset by ${by}.`;
    case 'opened_by_hand':
      return `Held open by ${by} until ${until}.`;
    case 'closed_by_hand':
      return `Held closed by ${by} until ${until}.`;
    case 'override_removed':
      return `${by} ended what was held by hand.`;
  }
}
