import type { Dependencies } from '../dependencies.ts';
import type { Caller } from '../domain/caller.ts';
import { PublicError } from '../errors.ts';
import { parseUpstreamUrl, type UpstreamUrl, UpstreamUrlError } from '../outbound/upstream-url.ts';
import { parseWebhookUrl, type WebhookUrl } from '../outbound/webhook-url.ts';

export interface CheckedUpstream {
  url: UpstreamUrl;
  /** Whether its name has an address. */
  resolves: boolean;
  warnings: string[];
}

type Checking = Pick<Dependencies, 'checkUpstream'> & { caller: Pick<Caller, 'organizationId'> };

/** @throws PublicError `invalid_request` that says what is wrong with it */
function readUrl<Url>(parse: (text: string) => Url, text: string, member: string): Url {
  try {
    return parse(text);
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
  checking: Checking,
  text: string,
  member = 'upstream_url',
): Promise<CheckedUpstream> {
  const url = readUrl(parseUpstreamUrl, text, member);
  const resolves = await askGuard(checking, url);
  const warnings = resolves
    ? []
    : [`${url.hostname} does not resolve yet; calls fail with upstream_unreachable until it does.`];
  return { url, resolves, warnings };
}

/** The same for the address of a webhook. */
export async function checkWebhookUrl(
  checking: Checking,
  text: string,
): Promise<{ url: WebhookUrl; warnings: string[] }> {
  const url = readUrl(parseWebhookUrl, text, 'url');
  const resolves = await askGuard(checking, url.target);
  const warnings = [
    !resolves && `${url.target.hostname} does not resolve yet; nothing can be delivered until it does.`,
    url.target.scheme === 'http' && 'What is sent to http:// is not encrypted; use https:// where the receiver has it.',
  ];
  return { url, warnings: warnings.filter((warning) => warning !== false) };
}

/** @returns whether the name resolves @throws PublicError `upstream_forbidden`, or `rate_limited` */
async function askGuard({ checkUpstream, caller }: Checking, url: UpstreamUrl): Promise<boolean> {
  const check = await checkUpstream(url, caller.organizationId);
  if (check.status === 'forbidden') throw new PublicError('upstream_forbidden', check.reason);
  return check.status === 'ok';
}
