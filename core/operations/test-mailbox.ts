import { z } from 'zod';
import { imapServerOf, smtpServerOf } from '../domain/mailbox.ts';
import { findMailbox } from '../services/mailboxes.ts';
import { defineOperation } from './define-operation.ts';
import { mailboxReference, trialSteps } from './mailbox-members.ts';

export const testMailbox = defineOperation({
  name: 'test_mailbox',
  title: 'Try a mailbox out',
  kind: 'R',
  area: 'email',
  role: 'admin',
  restOnly: true,
  description:
    'Connects to both servers of a mailbox and signs in, step by step; reads and sends nothing. Tells which step fails, and why.',
  examples: [{ mailbox: 'support@' }],
  input: z.strictObject({ mailbox: mailboxReference }),
  output: z.object({ works: z.boolean(), steps: trialSteps }),
  rest: { method: 'POST', path: '/mailboxes/{mailbox}/test' },
  async prepare({ database, mail, caller }, input) {
    const mailbox = await database.inOrganization(caller.organizationId, (transaction) =>
      findMailbox(transaction, input.mailbox),
    );
    const servers = { imap: imapServerOf(mailbox), smtp: smtpServerOf(mailbox) };
    return { mailbox, steps: await mail.tryOut(servers, mailbox) };
  },
  async run({ auditTarget }, _input, { mailbox, steps }) {
    auditTarget({ kind: 'mailbox', id: mailbox.id, name: mailbox.address });
    return { works: steps.every(({ outcome }) => outcome === 'ok'), steps };
  },
});
