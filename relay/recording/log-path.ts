const LONGEST_PATH = 128;
const MASK = '***';

/** A path without ten letters, digits and hyphens in a row has nothing to mask. */
const WORTH_A_LOOK = /[A-Za-z0-9-]{10}/;

/** UUIDs, long runs, and shorter ones of letters mixed with digits: what random identifiers and keys look like. */
const RANDOM_LOOKING = /[0-9a-f]{8}-[0-9a-f]{4}-|[A-Za-z0-9]{24}|(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{10}/;

/**
 * A path as the request log keeps it: at most 128 characters, segments that look random masked, since paths can carry
 * secrets (webhook addresses, bots' tokens).
 * @param path without the query
 */
export function logPath(path: string): string {
  const masked = WORTH_A_LOOK.test(path) ? path.split('/').map(maskSegment).join('/') : path;
  return masked.length <= LONGEST_PATH ? masked : `${masked.slice(0, LONGEST_PATH - 1)}…`;
}

function maskSegment(segment: string): string {
  return RANDOM_LOOKING.test(segment) ? MASK : segment;
}
