import { z } from 'zod';
import { CHANNEL_KINDS, MOST_ADDRESSES } from '../domain/channel.ts';
import { DELIVERY_STATES } from '../domain/delivery.ts';
import { emailAddress } from '../services/people.ts';

/** Members of the operations on channels. */

export const addresses = z
  .array(emailAddress)
  .min(1, 'name at least one address')
  .max(MOST_ADDRESSES, `a channel has at most ${MOST_ADDRESSES} addresses; use a mailing list's, or several channels`)
  .describe('Of an e-mail channel: who gets its mails; all stand in one mail.');

/** A Slack-compatible webhook's address is a secret: who has it can post. */
export const targetOfPeople = {
  url: z
    .string()
    .max(2_048)
    .optional()
    .describe(
      'Of a webhook: where it is called. Of a Slack-compatible one it is a secret, and shown as a fingerprint.',
    ),
};

const time = z.iso.datetime();

export const channelView = z.object({
  id: z.uuid(),
  name: z.string(),
  kind: z.enum(CHANNEL_KINDS),
  addresses: z.array(z.string()),
  url: z.string().nullable().describe('null: an e-mail channel, or it is a secret.'),
  fingerprint: z.string().nullable().describe('Of the signing value, or of a Slack-compatible address.'),
  version: z.int(),
  created_at: time,
  deleted_at: time.nullable(),
  restorable_until: time.nullable(),
});

/** What making or changing a channel answers. */
export const writtenChannel = z.object({
  channel: channelView,
  signing_value: z.string().nullable().describe('What webhooks are signed with, when it was made: shown once.'),
  already_shown: z.boolean().optional(),
  warnings: z.array(z.string()),
});

export const withoutSigningValue = (answer: z.output<typeof writtenChannel>): z.output<typeof writtenChannel> =>
  answer.signing_value === null ? answer : { ...answer, signing_value: null, already_shown: true };

export const deliveryView = z.object({
  id: z.uuid(),
  alert_id: z.uuid().nullable().describe('null: a test.'),
  channel: z.string().nullable().describe('null: the default, e-mail to admins.'),
  kind: z.enum(CHANNEL_KINDS),
  type: z.string(),
  state: z.enum(DELIVERY_STATES).describe('unknown: it may have arrived, and is not repeated by itself.'),
  attempts: z.int(),
  last_error: z.string().nullable(),
  created_at: time,
  next_attempt_at: time.nullable(),
  sent_at: time.nullable(),
});
