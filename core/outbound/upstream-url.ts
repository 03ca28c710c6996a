/** An upstream's base address, normalised: `href` has no trailing slash, `basePath` is '' or begins with one. */
export type UpstreamUrl = {
  readonly href: string;
  readonly origin: string;
  readonly scheme: 'http' | 'https';
  /** Lower case; IPv6 in brackets. */
  readonly hostname: string;
  readonly port: number;
  readonly basePath: string;
};

/** Says what is wrong with an address that a person typed; the message may be shown. */
export class UpstreamUrlError extends Error {
  override readonly name = 'UpstreamUrlError';
}

const LONGEST_URL = 2_048;

/**
 * Reads an upstream's base URL (WHATWG URL, which also turns the decimal, octal and hexadecimal forms of IPv4 into
 * the usual one). No scheme means https.
 * @throws UpstreamUrlError
 */
export function parseUpstreamUrl(text: string): UpstreamUrl {
  const trimmed = text.trim();
  const url = parseHttpUrl(trimmed);
  if (url.username || url.password) throw new UpstreamUrlError('leave user name and password out; link a credential');
  if (/[?#]/.test(trimmed)) throw new UpstreamUrlError('a base URL has no query and no fragment; leave them out');
  const path = url.pathname.replace(/\/$/, '');
  if (path.includes('//')) throw new UpstreamUrlError('the path has an empty segment; write it with single slashes');
  if (/%(2f|5c|2e|00)/i.test(path))
    throw new UpstreamUrlError('the path has an encoded slash or dot; write it plainly');
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const port = Number(url.port) || (scheme === 'https' ? 443 : 80);
  return { href: url.origin + path, origin: url.origin, scheme, hostname: url.hostname, port, basePath: path };
}

/** The address as an entry of `allowed_hosts`: `host` for https on 443, else `scheme://host:port`. */
export function hostEntry(url: UpstreamUrl): string {
  return url.scheme === 'https' && url.port === 443 ? url.hostname : `${url.scheme}://${url.hostname}:${url.port}`;
}

/**
 * Normalises an entry of `allowed_hosts`: exact, no wildcard, no path.
 * @throws UpstreamUrlError
 */
export function parseHostEntry(text: string): string {
  const url = parseUpstreamUrl(text);
  if (url.basePath) throw new UpstreamUrlError('an allowed host has no path; write host or scheme://host:port');
  return hostEntry(url);
}

/** Whether a secret may be sent to `url`; `entries` are normalised ones. Empty allows nothing (invariant 9). */
export function hostAllowed(entries: readonly string[], url: UpstreamUrl): boolean {
  return entries.includes(hostEntry(url));
}

function parseHttpUrl(text: string): URL {
  if (text.length > LONGEST_URL) throw new UpstreamUrlError(`the URL is longer than ${LONGEST_URL} characters`);
  // WHATWG's parser would drop or turn these silently.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
  if (/[\s\\\u0000-\u001f\u007f]/.test(text))
    throw new UpstreamUrlError('the URL has a blank, backslash or control character');
  const withScheme = /^https?:|:\/\//i.test(text) ? text : `https://${text}`;
  if (!/^https?:\/\/[^/]/i.test(withScheme))
    throw new UpstreamUrlError('write a URL that begins with https:// or http://');
  if (!URL.canParse(withScheme))
    throw new UpstreamUrlError('this is no URL; write one like https://api.example.com/v1');
  const url = new URL(withScheme);
  url.hostname = url.hostname.replace(/\.$/, '');
  if (!/^(\[[0-9a-f:.]+\]|[a-z0-9_-]+(\.[a-z0-9_-]+)*)$/.test(url.hostname)) {
    throw new UpstreamUrlError('the host is not one exact name or address (wildcards are not possible)');
  }
  if (url.port === '0') throw new UpstreamUrlError('port 0 cannot be reached; name the port');
  return url;
}
