import { z } from 'zod';
import { othersText } from './others-text.ts';

const time = z.iso.datetime();
/** As headers write it: `Name <address>`. */
const address = othersText();

export const emailThreadView = z.object({
  id: z.uuid(),
  subject: othersText(),
  writers: z.array(address).describe('The last first.'),
  messages: z.int(),
  unread: z.int(),
  has_attachments: z.boolean(),
  last_message_at: time,
});

export const fileMembers = { filename: othersText(), type: othersText(), size_bytes: z.int() };

/** The thread of an answer that is about its messages. */
export const readThreadView = emailThreadView.pick({ id: true, subject: true, messages: true, unread: true });

export const emailMessageView = z.object({
  id: z.uuid(),
  from: z.array(address),
  to: z.array(address),
  cc: z.array(address),
  reply_to: z.array(address),
  subject: othersText(),
  sent_at: time.nullable(),
  received_at: time,
  unread: z.boolean(),
  is_ours: z.boolean(),
  automatic: z.string().nullable().describe('bounce, auto_replied, auto_generated, list, bulk'),
  text: othersText(),
  next_offset: z.int().nullable().describe('Where the rest of the text begins.'),
  attachments: z.array(z.object({ id: z.string(), ...fileMembers })),
});

/** How fresh an answer is. */
export const mailboxFreshness = z.object({
  address: z.string(),
  status: z.enum(['waiting', 'first_sync', 'live', 'failing']),
  synced_at: time.nullable(),
});
