/** Names of agents and credentials: unique in their organization while not deleted. */
export const NAME_PATTERN = /^[a-z0-9][a-z0-9-]{0,62}$/;

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** Where a name or an ID is taken, whatever looks like an ID is one; so a name may not look like one. */
export function looksLikeId(reference: string): boolean {
  return UUID.test(reference);
}
