import { createOrganizationAllowance } from '../allowance.ts';
import type { Dependencies } from '../dependencies.ts';
import type { Caller } from '../domain/caller.ts';
import { PublicError } from '../errors.ts';
import type { Dialer } from '../outbound/dialer.ts';
import { tryUpstream, type UpstreamTrial } from '../outbound/try-upstream.ts';
import type { UpstreamUrl } from '../outbound/upstream-url.ts';
import { checkUpstreamUrl } from './upstreams.ts';

/** Trials of one organization: so many at once, then one more each so many milliseconds. */
export const TRIALS = { burst: 10, refillMs: 6_000 };

export type TryUpstream = (url: UpstreamUrl, organizationId: string, gone: AbortSignal) => Promise<UpstreamTrial>;

/** Tries upstreams out for organizations, none of which makes this installation knock at doors without end. */
export function createUpstreamTrials(dialer: Dialer): TryUpstream {
  const requireFew = createOrganizationAllowance(TRIALS, `tried ${TRIALS.burst} upstreams out in a short time`);
  return async (url, organizationId, gone) => {
    requireFew(organizationId);
    return tryUpstream(dialer, url, gone);
  };
}

/**
 * How the upstream that somebody typed answers.
 * @throws PublicError `invalid_request`, `upstream_forbidden` with the setting that would allow it, or `rate_limited`
 */
export async function tryUpstreamUrl(
  context: Pick<Dependencies, 'checkUpstream' | 'tryUpstream'> & {
    caller: Pick<Caller, 'organizationId'>;
    signal: AbortSignal;
  },
  text: string,
): Promise<Exclude<UpstreamTrial, { outcome: 'forbidden' }>> {
  const { url, resolves } = await checkUpstreamUrl(context, text);
  if (!resolves) {
    return { outcome: 'failed', step: 'resolve', why: 'its name does not resolve; check its spelling' };
  }
  const trial = await context.tryUpstream(url, context.caller.organizationId, context.signal);
  if (trial.outcome === 'forbidden') throw new PublicError('upstream_forbidden', trial.reason);
  return trial;
}
