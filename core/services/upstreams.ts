import type { Dependencies } from '../dependencies.ts';
import type { Caller } from '../domain/caller.ts';
import { PublicError } from '../errors.ts';
import { parseUpstreamUrl, type UpstreamUrl, UpstreamUrlError } from '../outbound/upstream-url.ts';

export interface CheckedUpstream {
  url: UpstreamUrl;
  warnings: string[];
}

/** @throws PublicError `invalid_request` that says what is wrong with it */
function readUrl(text: string, member: string): UpstreamUrl {
  try {
    return parseUpstreamUrl(text);
  } catch (error) {
    if (!(error instanceof UpstreamUrlError)) throw error;
    throw new PublicError('invalid_request', `${member}: ${error.message}.`, {
      issues: [{ path: member, message: error.message }],
    });
  }
}

/**
 * Reads an upstream's base URL, or another one that the relay will call, and asks the network guard. A name that does
 * not resolve is accepted with a warning; the dialer decides again at each connection.
 * @param member of the input, for messages
 * @throws PublicError `invalid_request`, `upstream_forbidden` with the setting that would allow it, or `rate_limited`
 */
export async function checkUpstreamUrl(
  { checkUpstream, caller }: Pick<Dependencies, 'checkUpstream'> & { caller: Pick<Caller, 'organizationId'> },
  text: string,
  member = 'upstream_url',
): Promise<CheckedUpstream> {
  const url = readUrl(text, member);
  const check = await checkUpstream(url, caller.organizationId);
  if (check.status === 'forbidden') throw new PublicError('upstream_forbidden', check.reason);
  const warnings =
    check.status === 'unresolved'
      ? [`${url.hostname} does not resolve yet; calls fail with upstream_unreachable until it does.`]
      : [];
  return { url, warnings };
}
