/** A path of this site to go back to; anything else, such as another site's address, becomes `otherwise`. */
export function localPath(value: unknown, otherwise = '/'): string {
  if (typeof value !== 'string' || !value.startsWith('/') || value.length > 4000) return otherwise;
  const base = 'http://here.invalid';
  const url = URL.parse(value, base);
  // A browser reads `//host` and `/\host` as another site; the parser does too, and drops tabs and line breaks. But it
  // also makes `//host` of `/.//host`, which the browser then reads anew.
  return url === null || url.origin !== base || url.pathname.startsWith('//') ? otherwise : url.pathname + url.search;
}
