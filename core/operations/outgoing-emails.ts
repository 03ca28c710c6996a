import { z } from 'zod';
import { OUTGOING_STATES } from '../domain/outgoing-email.ts';
import { findMailbox, requireMailboxRight } from '../services/mailboxes.ts';
import { mailboxesFor } from '../services/new-emails.ts';
import { describeWholeOutgoing, findOutgoingEmail, listOutgoing } from '../services/outgoing-emails.ts';
import { defineOperation } from './define-operation.ts';
import { outgoingEmailView, wholeOutgoingEmailView } from './email-members.ts';
import { listed, pageOf } from './members.ts';

const listOutgoingEmails = defineOperation({
  name: 'list_outgoing_emails',
  title: 'List outgoing e-mails',
  kind: 'R',
  area: 'email',
  restOnly: true,
  description:
    'Mails that were asked to be sent, the newest first: what became of each, and reports that it did not arrive.',
  examples: [{}, { state: 'unknown' }],
  input: z.strictObject({
    mailbox: z.string().min(1).max(254).optional(),
    thread: z.uuid().optional(),
    state: z.enum(OUTGOING_STATES).optional(),
    ...listed,
  }),
  output: pageOf(outgoingEmailView),
  rest: { method: 'GET', path: '/emails' },
  async run({ transaction, caller }, { mailbox: named, ...wanted }) {
    const mailbox = named === undefined ? undefined : await findMailbox(transaction, named);
    const mailboxIds = await mailboxesFor(transaction, caller, 'read', mailbox);
    return listOutgoing(transaction, { mailboxIds, ...wanted });
  },
});

const getOutgoingEmail = defineOperation({
  name: 'get_outgoing_email',
  title: 'Get an outgoing e-mail',
  kind: 'R',
  area: 'email',
  restOnly: true,
  description: 'One mail that was asked to be sent, with all that is sent.',
  examples: [{ email: '01998c5e-7d3a-7b1e-9c55-0d6f3a1b2c4d' }],
  input: z.strictObject({ email: z.uuid() }),
  output: z.object({ email: wholeOutgoingEmailView }),
  rest: { method: 'GET', path: '/emails/{email}' },
  prepare: ({ vault, caller }) => vault.prepare(caller.organizationId),
  async run({ transaction, caller, vault, auditTarget }, { email: id }) {
    const email = await findOutgoingEmail(transaction, id);
    auditTarget({ kind: 'email', id, name: email.mailbox.address });
    requireMailboxRight(email.mailbox, caller, 'read');
    return { email: await describeWholeOutgoing(vault, email) };
  },
});

export const outgoingEmailOperations = [listOutgoingEmails, getOutgoingEmail];
