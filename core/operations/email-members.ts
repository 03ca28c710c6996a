import { z } from 'zod';
import { DRAFT_STATES } from '../domain/email-draft.ts';
import { OUTGOING_STATES } from '../domain/outgoing-email.ts';
import { PublicError } from '../errors.ts';
import { othersText } from './others-text.ts';
import { privateText } from './private-text.ts';

const LONGEST_TEXT = 200_000;

/** How many there are, and how long, is told in sentences of our own. */
const addresses = () => privateText(z.array(z.string()).optional());

const id = z.string().max(63);

/** What a mail is written with. */
export const written = {
  mailbox: z.string().max(254).optional().describe('Of a new mail: address or ID.'),
  thread: id.optional().describe('Reply in it.'),
  message: id.optional().describe('Answer this one; else the latest of others.'),
  reply_all: z.boolean().optional(),
  to: addresses(),
  cc: addresses(),
  bcc: addresses(),
  subject: privateText(z.string().max(500).optional()),
  text: privateText(z.string().min(1).max(LONGEST_TEXT).describe('Plain text; a reply quotes below it.')),
};

/** A draft's ID. */
export const draftId = id;

/** The same where it may be left out. */
export const textOrNone = privateText(written.text.optional());

const time = z.iso.datetime();
const shownAddresses = z.array(othersText());

/** A draft as the answer to a change tells of it: what was written is known to who wrote it. */
export const changedDraftView = z.object({
  id: z.uuid(),
  mailbox: z.string(),
  state: z.enum(DRAFT_STATES),
  in_mailbox: z.boolean().describe('Else follow operation_id.'),
  to: shownAddresses,
  cc: shownAddresses,
  bcc: shownAddresses,
  subject: othersText(),
  version: z.int(),
});

export const emailDraftView = changedDraftView.extend({
  in_mailbox: z.boolean(),
  thread_id: z.string().nullable(),
  text: othersText(),
  quote: othersText().nullable(),
  written_by: othersText(),
  updated_at: time,
});

/** Mails on their way and gone, over REST. */
export const outgoingEmailView = z.object({
  id: z.uuid(),
  operation_id: z.uuid(),
  mailbox: z.string(),
  thread_id: z.string().nullable(),
  state: z.enum(OUTGOING_STATES),
  message_id: z.string(),
  subject: othersText(),
  recipients: z.array(othersText()),
  undo_until: time,
  server_answer: othersText().nullable(),
  in_sent: z.boolean(),
  bounces: z.array(
    z.object({
      recipient: othersText().nullable(),
      action: z.enum(['failed', 'delayed']),
      status: z.string(),
      reported_at: time,
    }),
  ),
  created_at: time,
  settled_at: time.nullable(),
});

export const wholeOutgoingEmailView = outgoingEmailView.extend({
  to: shownAddresses,
  cc: shownAddresses,
  bcc: shownAddresses,
  text: othersText().nullable().describe('null: kept in the mailbox only.'),
});

interface Addressed {
  mailbox?: string | undefined;
  thread?: string | undefined;
  message?: string | undefined;
  reply_all?: boolean | undefined;
}

/**
 * A mail is a new one of a mailbox, or a reply in a thread.
 * @throws PublicError `invalid_request`
 */
export function checkForm({ mailbox, thread, message, reply_all }: Addressed): void {
  if (mailbox !== undefined && thread === undefined && message === undefined && reply_all === undefined) return;
  if (mailbox === undefined && thread !== undefined) return;
  throw new PublicError(
    'invalid_request',
    'Give `mailbox` for a new mail, or `thread` for a reply (with `message` and `reply_all` where you want them).',
  );
}
