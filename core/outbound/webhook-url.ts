import { parseUpstreamUrl, type UpstreamUrl, UpstreamUrlError } from './upstream-url.ts';

/** A webhook's address: what the network guard asks about, and what is called, path and query as they were typed. */
export interface WebhookUrl {
  readonly target: UpstreamUrl;
  readonly href: string;
}

const LONGEST_URL = 2_048;

/**
 * Reads the address of a webhook, which unlike an upstream's may have a query.
 * @throws UpstreamUrlError
 */
export function parseWebhookUrl(text: string): WebhookUrl {
  const trimmed = text.trim();
  if (trimmed.length > LONGEST_URL) throw new UpstreamUrlError(`the URL is longer than ${LONGEST_URL} characters`);
  const [base = '', ...rest] = trimmed.split('?');
  const query = rest.join('?');
  if (!/^[\x21-\x7e]*$/.test(query) || /[#\\<>"]/.test(query)) {
    throw new UpstreamUrlError('the query has a blank, fragment or other character that belongs percent-encoded');
  }
  const target = parseUpstreamUrl(base);
  const slash = base.endsWith('/') && target.basePath !== '' ? '/' : '';
  const path = `${target.basePath || '/'}${slash}`;
  return { target, href: `${target.origin}${path}${rest.length > 0 ? `?${query}` : ''}` };
}
