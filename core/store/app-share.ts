import { type Database, LONGEST_WAIT_MS } from './database.ts';
import { createFairGate } from './fair-gate.ts';

/** Of the four places that an organization has; the others are for its people, API tokens and the system. */
const PLACES = 2;

/**
 * The same database as apps get it: they wait among themselves first, so an app that floods never holds up the person
 * who ends it. Made once a process.
 */
export function forApps(database: Database): Database {
  const gate = createFairGate({ atOnce: PLACES, longestWaitMs: LONGEST_WAIT_MS });
  return {
    ...database,
    inOrganization: (organizationId, work, options) =>
      gate.through(organizationId, () => database.inOrganization(organizationId, work, options)),
  };
}
