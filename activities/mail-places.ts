/** Of the places that a worker has for errands at mail servers, so many are one organization's at once. */
const MOST = 50;

/** Those that are taken in this process, by organization. */
const taken = new Map<string, number>();

/**
 * Does an errand at an organization's mail server, which may hold it for minutes: whatever servers one organization has,
 * others' mails go on.
 * @returns null: the organization has no place left, and nothing was done
 */
export async function inPlaceOf<T>(organizationId: string, errand: () => Promise<T>): Promise<T | null> {
  const before = taken.get(organizationId) ?? 0;
  if (before >= MOST) return null;
  taken.set(organizationId, before + 1);
  try {
    return await errand();
  } finally {
    const left = (taken.get(organizationId) ?? 0) - 1;
    if (left > 0) taken.set(organizationId, left);
    else taken.delete(organizationId);
  }
}
