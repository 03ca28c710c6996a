import { isPassing, passingFailure } from './answers.ts';
import { sendBound } from './bound-request.ts';
import type { RotatorContext, TryOut } from './key-provider.ts';
import { type ProbeTarget, probeRequest } from './probe-request.ts';
import { RotatorError } from './rotator.ts';

/** Tries a value as the relay would send it for the agent. */
export function probeTryOut(target: ProbeTarget, context: RotatorContext): TryOut {
  return async (value) => {
    const request = await probeRequest(target, context, value);
    if ('outcome' in request) return request;
    const { status, host, headers } = await sendBound(context, request, [context.credential], 'headers');
    const { expectStatus } = target;
    const isExpected = expectStatus === null ? status >= 200 && status <= 299 : status === expectStatus;
    if (isExpected) return { outcome: 'accepted' };
    if (status === 401 || status === 403) return { outcome: 'refused', status };
    if (isPassing(status)) throw passingFailure(host, status, headers.get('retry-after'));
    throw new RotatorError(
      'permanent',
      `${host} answered the probe with ${status}, which tells nothing. Set the probe's expect_status or path.`,
    );
  };
}
