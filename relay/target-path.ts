/** Percent-encodings (also double, overlong and IIS's `%u`) of dots and slashes, as lenient upstreams decode them. */
const ENCODED_DOT = /%(2e|u002e|c0%ae|c0%2e)/gi;
const ENCODED_SLASH = /%(2f|5c|u002f|u005c|c0%af|c1%9c)|\\/gi;

/** A segment that climbs, also with a path parameter, which some servers cut off before they resolve it. */
const DOT_SEGMENT = /(^|\/)\.\.?(;[^/]*)?(\/|$)/;

const SUSPECT = /[%\\#]|\/\.|^\/\//;

/**
 * Tells whether a path, appended to an upstream's base path, could be understood as one outside of it.
 * Encoded slashes as such are legitimate (`group%2Fproject`); only those that make a dot segment are refused.
 * @param path '' or beginning with a slash, as the caller wrote it
 * @returns what is wrong with it, or null
 */
export function pathFault(path: string): string | null {
  if (!SUSPECT.test(path)) return null;
  if (path.includes('#')) return 'the path holds a fragment; leave "#…" out';
  if (path.startsWith('//')) return 'the path begins with two slashes; write one';
  if (/%00/.test(path)) return 'the path holds an encoded zero byte';
  const decoded = withoutDoubleEncoding(path).replace(ENCODED_DOT, '.').replace(ENCODED_SLASH, '/');
  if (decoded.startsWith('//')) return 'the path begins with two slashes; write one';
  if (DOT_SEGMENT.test(decoded)) return 'the path holds "." or ".." segments; resolve them before you call';
  return null;
}

function withoutDoubleEncoding(path: string): string {
  let decoded = path;
  while (decoded.includes('%25')) decoded = decoded.replaceAll('%25', '%');
  return decoded;
}

/** Path and query as a request line has them. */
export function upstreamTarget(path: string, query: string): string {
  return query === '' ? path : `${path}?${query}`;
}
