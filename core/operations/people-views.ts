import { z } from 'zod';
import { ROLES } from '../domain/roles.ts';

/** The JSON of members, invitations and API tokens. */

const time = z.iso.datetime();

export const role = z.enum(ROLES);

export const memberView = z.object({
  id: z.uuid(),
  email: z.string(),
  name: z.string(),
  role,
  created_at: time,
});

export const invitationView = z.object({
  id: z.uuid(),
  email: z.string(),
  role,
  created_at: time,
  expires_at: time,
});

export const apiTokenView = z.object({
  id: z.uuid(),
  name: z.string(),
  fingerprint: z.string(),
  scopes: z.array(z.string()),
  maker: z.string().describe('The e-mail address of the person whose role it acts with.'),
  created_at: time,
  expires_at: time.nullable(),
  last_used_at: time.nullable(),
});

/** A member by e-mail address or ID. */
export const memberReference = z.string().trim().min(1).max(254);
