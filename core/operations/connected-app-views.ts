import { z } from 'zod';

/** The JSON of connected apps. */

const use = z.object({
  id: z.uuid(),
  scopes: z.array(z.string()),
  created_at: z.iso.datetime(),
  last_used_at: z.iso.datetime().nullable(),
  calls_this_week: z.int().describe('Since Monday, in UTC; refused ones too.'),
  operations_under_way: z.int(),
});

const grant = use.extend({
  writes_until: z.iso.datetime().nullable().describe('From then on it only reads; null: no end is set.'),
});

const app = use.extend({
  name: z.string(),
  client_id: z.string(),
  person: z.object({ id: z.uuid(), email: z.string(), name: z.string() }),
});

/** An app in a list. */
export const connectedAppItem = app.extend({ grant_count: z.int() });

/** An app with its grants, the oldest first. */
export const connectedAppView = app.extend({ grants: z.array(grant) });

export const appReference = z.uuid().describe('ID of the connected app.');
export const grantReference = z.uuid().optional().describe('Only this one of its grants.');
