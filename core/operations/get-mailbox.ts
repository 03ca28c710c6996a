import { z } from 'zod';
import { describeMailboxSettings } from '../services/mailbox-settings.ts';
import { findMailbox } from '../services/mailboxes.ts';
import { defineOperation } from './define-operation.ts';
import { mailboxReference, mailboxSettingsView } from './mailbox-members.ts';

export const getMailbox = defineOperation({
  name: 'get_mailbox',
  title: "Show a mailbox's settings",
  kind: 'R',
  area: 'email',
  role: 'admin',
  restOnly: true,
  description: 'Servers, login, who may use it, to whom it may write and how much; never a secret.',
  examples: [{ mailbox: 'support@' }],
  input: z.strictObject({ mailbox: mailboxReference }),
  output: z.object({ mailbox: mailboxSettingsView }),
  rest: { method: 'GET', path: '/mailboxes/{mailbox}' },
  async run({ transaction, auditTarget }, input) {
    const mailbox = await findMailbox(transaction, input.mailbox);
    auditTarget({ kind: 'mailbox', id: mailbox.id, name: mailbox.address });
    return { mailbox: await describeMailboxSettings(transaction, mailbox.id) };
  },
});
