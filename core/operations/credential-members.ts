import { z } from 'zod';
import { probeSchema, rotationPolicySchema } from '../domain/rotation-settings.ts';
import { rotatorSettings } from '../domain/rotators.ts';
import { futureTime, labels } from './members.ts';

/** The settings of a credential that creating and updating share. */

export const allowedHosts = z.array(z.string().min(1).max(300)).max(50);

export const credentialSettings = {
  provider: z.string().trim().min(1).max(63).optional().describe('Whose API it is for, such as stripe.'),
  labels: labels.optional(),
  owner: z.email().optional().describe('E-mail address of the member who looks after it.'),
  expires_at: futureTime.optional().describe('When the provider ends it.'),
};

/** How a credential rotates. Its requests carry secrets, so only people and API tokens set it (invariant 9). */
export const rotationMembers = {
  rotator: rotatorSettings.nullable().optional().describe('How new values are made; null: a person enters them.'),
  probe: probeSchema.nullable().optional().describe('The call that shows whether a value works.'),
  rotation_policy: rotationPolicySchema.nullable().optional(),
};
