/** Nothing that is asked of us nests deeper. */
const DEEPEST = 32;

/**
 * Whether a value of somebody else's can be kept and told: Postgres stores neither NUL nor half a surrogate pair in a
 * text, and what nests without end overflows whoever walks it.
 */
export function isReadable(value: unknown, depth = DEEPEST): boolean {
  if (typeof value === 'string') return value.isWellFormed() && !value.includes('\u0000');
  if (typeof value !== 'object' || value === null) return true;
  if (depth === 0) return false;
  return Object.entries(value).every(([name, member]) => isReadable(name) && isReadable(member, depth - 1));
}
