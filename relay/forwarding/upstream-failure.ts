import { errors } from 'undici';
import { UpstreamForbiddenError } from '../../core/outbound/dialer.ts';
import { failureCode, failureInWords } from '../../core/outbound/failure-words.ts';
import type { Refusal } from '../relay-errors.ts';

/** Turns what the dialer or undici threw into the relay's own error. */
export function upstreamFailure(error: Error): Refusal {
  if (error instanceof UpstreamForbiddenError) return { code: 'upstream_forbidden', detail: error.message };
  if (error instanceof errors.ConnectTimeoutError || failureCode(error) === 'ETIMEDOUT') {
    return {
      code: 'upstream_timeout',
      detail: 'The upstream did not accept a connection in time. Try again, or raise the agent’s connect timeout.',
    };
  }
  if (error instanceof errors.InvalidArgumentError) {
    return {
      code: 'malformed_request',
      detail: 'The request cannot be carried: a header or the path is not valid HTTP.',
    };
  }
  return { code: 'upstream_unreachable', detail: `The upstream could not be reached: ${failureInWords(error)}.` };
}
