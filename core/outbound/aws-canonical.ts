/**
 * The canonical forms of AWS Signature Version 4. A path or query can be written in several ways, and AWS services
 * differ in how they read the unusual ones; so the request goes out in the one strict way, which all read alike.
 */

const UNRESERVED = /^[A-Za-z0-9\-._~]$/;
const HEX_PAIR = /^[0-9A-Fa-f]{2}$/;

/** A part of a path or query with every byte but the unreserved ones percent-encoded, whatever was encoded before. */
export function strictlyEncoded(raw: string): string {
  if (/^[A-Za-z0-9\-._~]*$/.test(raw)) return raw;
  let encoded = '';
  for (let i = 0; i < raw.length; i += 1) {
    const hex = raw.slice(i + 1, i + 3);
    const isEncoded = raw[i] === '%' && HEX_PAIR.test(hex);
    // A request target is a string of bytes: one character each (latin1).
    const byte = isEncoded ? Number.parseInt(hex, 16) : raw.charCodeAt(i);
    if (isEncoded) i += 2;
    encoded += encodedByte(byte);
  }
  return encoded;
}

function encodedByte(byte: number): string {
  const character = String.fromCharCode(byte);
  return UNRESERVED.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
}

/** @param path begins with a slash; its segments stay apart */
export function strictPath(path: string): string {
  return path.split('/').map(strictlyEncoded).join('/');
}

/**
 * The path as it is signed. S3 takes it as it stands, since an object's name may hold anything; the other services
 * encode the encoded path once more and read several slashes as one.
 * @param path from `strictPath`
 */
export function canonicalPath(path: string, service: string): string {
  if (isObjectStore(service)) return path;
  return path.replace(/\/{2,}/g, '/').replaceAll('%', '%25');
}

export function isObjectStore(service: string): boolean {
  return service === 's3' || service.startsWith('s3-');
}

/** Parameters of a signature in the query (presigned URLs): the injected signature takes their place (invariant 3). */
const PRESIGNED = new Set([
  'x-amz-algorithm',
  'x-amz-credential',
  'x-amz-date',
  'x-amz-expires',
  'x-amz-security-token',
  'x-amz-signature',
  'x-amz-signedheaders',
]);

/** The query with each name and value strictly encoded, and its canonical form: sorted, each name with a `=`. */
export function strictQuery(query: string): { query: string; canonical: string } {
  const pairs = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const name = encodedParameter(equals === -1 ? pair : pair.slice(0, equals));
      return { name, value: equals === -1 ? null : encodedParameter(pair.slice(equals + 1)) };
    })
    .filter(({ name }) => !PRESIGNED.has(name.toLowerCase()));
  const sorted = pairs.map(({ name, value }) => ({ name, value: value ?? '' })).sort(byNameThenValue);
  return {
    query: pairs.map(({ name, value }) => (value === null ? name : `${name}=${value}`)).join('&'),
    canonical: sorted.map(({ name, value }) => `${name}=${value}`).join('&'),
  };
}

/** In a query a plus sign means a blank. */
function encodedParameter(raw: string): string {
  return strictlyEncoded(raw.replaceAll('+', '%20'));
}

type Parameter = { name: string; value: string };

function byNameThenValue(left: Parameter, right: Parameter): number {
  if (left.name !== right.name) return left.name < right.name ? -1 : 1;
  if (left.value === right.value) return 0;
  return left.value < right.value ? -1 : 1;
}
