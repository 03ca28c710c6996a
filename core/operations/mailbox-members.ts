import { z } from 'zod';
import { MAIL_PROVIDERS } from '../domain/mail-providers.ts';
import { MAIL_TLS, mailboxAuthSchema, recipientEntry } from '../domain/mailbox.ts';
import { MAIL_STEPS } from '../outbound/mail-server-error.ts';
import { reference } from './members.ts';
import { othersText } from './others-text.ts';

/** A mailbox by ID, address, or what stands before its `@`. */
export const mailboxReference = z
  .string()
  .trim()
  .min(1)
  .max(254)
  .describe('Address, the part before its @ (support@), or ID.');

const server = z.strictObject({
  host: z.string().trim().min(1).max(253),
  port: z.int().min(1).max(65_535),
  tls: z.enum(MAIL_TLS).default('implicit').describe('From the first byte, or by STARTTLS; never without.'),
});

const people = z.array(z.email()).max(200).nullable();
const recipients = z.array(recipientEntry).max(1_000);

const oauth2 = mailboxAuthSchema.options[1].omit({ client_secret_credential_id: true }).extend({
  client_secret: reference
    .optional()
    .describe('The credential with the client’s secret, where the mailbox’s credential is a refresh token.'),
});

/** The settings that creating and updating share. */
export const mailboxSettings = {
  name: z.string().trim().min(1).max(100).optional().describe('Stands beside the address in mail that it sends.'),
  imap: server.optional(),
  smtp: server.optional(),
  login: z.string().min(1).max(320).optional().describe('The user name at both servers; the address unless told.'),
  auth: z.discriminatedUnion('kind', [mailboxAuthSchema.options[0], oauth2]).optional(),
  credential: reference
    .optional()
    .describe('In the vault: password, client secret or refresh token. Both hosts must be in its allowed hosts.'),
  permissions: z
    .strictObject({ read: people.optional(), draft: people.optional(), send: people.optional() })
    .optional()
    .describe('E-mail addresses of members; null: every member whose role allows it.'),
  recipients_allowed: recipients.optional().describe('Empty: everybody.'),
  recipients_blocked: recipients.optional(),
  sends_per_hour: z.int().min(1).max(100_000).nullable().optional().describe('null: no limit.'),
};

export const mailboxPassword = z
  .string()
  .max(8_192)
  .optional()
  .describe('Instead of `credential`: kept as a credential of its own.');

export const provider = z
  .enum(MAIL_PROVIDERS.map(({ name }) => name) as [string, ...string[]])
  .optional()
  .describe('Fills in both servers.');

const serverView = z.object({ host: z.string(), port: z.int(), tls: z.enum(MAIL_TLS) });
const peopleView = z.array(z.string()).nullable();
const time = z.iso.datetime();
const state = {
  status: z.enum(['waiting', 'first_sync', 'live', 'failing']),
  error: othersText().nullable(),
  synced_at: time.nullable(),
};

/** What members see. */
export const mailboxView = z.object({
  id: z.uuid(),
  address: z.string(),
  name: othersText(),
  ...state,
  unread_threads: z.int(),
  you_may: z.array(z.enum(['read', 'draft', 'send'])),
  restorable_until: time.nullable(),
});

/** What admins see. */
export const mailboxSettingsView = z.object({
  id: z.uuid(),
  address: z.string(),
  name: othersText(),
  imap: serverView,
  smtp: serverView,
  login: z.string(),
  auth: z.record(z.string(), z.string()),
  credential: z.string(),
  permissions: z.object({ read: peopleView, draft: peopleView, send: peopleView }),
  recipients_allowed: z.array(z.string()),
  recipients_blocked: z.array(z.string()),
  sends_per_hour: z.int().nullable(),
  ...state,
  version: z.int(),
  created_at: time,
  deleted_at: time.nullable(),
  restorable_until: time.nullable(),
});

export const trialSteps = z.array(
  z.object({
    server: z.enum(['IMAP', 'SMTP']),
    step: z.enum(MAIL_STEPS),
    outcome: z.enum(['ok', 'failed', 'not_tried']),
    message: othersText().nullable(),
  }),
);
