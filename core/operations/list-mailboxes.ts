import { z } from 'zod';
import { listMailboxes as list } from '../services/mailbox-settings.ts';
import { defineOperation } from './define-operation.ts';
import { mailboxView } from './mailbox-members.ts';
import { deleted } from './members.ts';

export const listMailboxes = defineOperation({
  name: 'list_mailboxes',
  title: 'List mailboxes',
  kind: 'R',
  area: 'email',
  description:
    'The mailboxes that you may use (admins: all), how fresh they are, and in how many threads something is unread.',
  examples: [{}],
  input: z.strictObject({ deleted }),
  output: z.object({ items: z.array(mailboxView) }),
  rest: { method: 'GET', path: '/mailboxes' },
  run: async ({ transaction, caller }, input) => ({
    items: await list(transaction, caller, input.deleted),
  }),
});
