import { z } from 'zod';
import { futureTime, labels } from './members.ts';

/** The settings of a credential that creating and updating share. */

export const allowedHosts = z.array(z.string().min(1).max(300)).max(50);

export const credentialSettings = {
  provider: z.string().trim().min(1).max(63).optional().describe('Whose API it is for, such as stripe.'),
  labels: labels.optional(),
  owner: z.email().optional().describe('E-mail address of the member who looks after it.'),
  expires_at: futureTime.optional().describe('When the provider ends it.'),
};
