/** Fields that concern one connection only (RFC 9110 §7.6.1), and those that speak to a proxy itself (§11.7). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-authentication-info',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
]);

const NONE: ReadonlySet<string> = new Set();

/** @param lowerName the field's name in lower case */
export function isHopByHop(lowerName: string): boolean {
  return HOP_BY_HOP.has(lowerName);
}

/** The fields that a message's `Connection` header names, in lower case: they end at this hop too. */
export function namedByConnection(value: string | undefined): ReadonlySet<string> {
  if (value === undefined || value === '' || value === 'keep-alive' || value === 'close') return NONE;
  return new Set(
    value
      .toLowerCase()
      .split(',')
      .map((name) => name.trim()),
  );
}
