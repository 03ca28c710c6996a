import { looksLikeId } from '../domain/names.ts';
import { notFound, PublicError } from '../errors.ts';

/** The rows that a reference to something deleted may mean: by ID, or by the name that it had; not purged, not too late. */
export function restorableBy(reference: string) {
  return {
    deletedAt: { not: null },
    purgedAt: null,
    restorableUntil: { gt: new Date() },
    ...(looksLikeId(reference) ? { id: reference } : { name: reference }),
  };
}

/**
 * The one that is meant.
 * @throws PublicError `not_found`, or `conflict` with the candidates when several had this name
 */
export function onlyRestorable<Row extends { id: string; deletedAt: Date | null }>(
  what: string,
  reference: string,
  candidates: Row[],
): Row {
  const [row] = candidates;
  if (row === undefined) throw notFound(`deleted ${what}`, reference);
  if (candidates.length > 1) {
    throw new PublicError('conflict', `Several deleted ${what}s were named "${reference}". Restore one by its ID.`, {
      members: { candidates: candidates.map(({ id, deletedAt }) => ({ id, deleted_at: deletedAt?.toISOString() })) },
    });
  }
  return row;
}
