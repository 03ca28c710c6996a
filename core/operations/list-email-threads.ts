import { z } from 'zod';
import { parseTime } from '../domain/times.ts';
import { searchTexts } from '../services/email/search-texts.ts';
import { listThreads } from '../services/email/threads.ts';
import { findMailbox, requireMailboxRight } from '../services/mailboxes.ts';
import { defineOperation } from './define-operation.ts';
import { emailThreadView, mailboxFreshness } from './email-thread-views.ts';
import { mailboxReference } from './mailbox-members.ts';
import { listed, moment, pageOf } from './members.ts';

export const listEmailThreads = defineOperation({
  name: 'list_email_threads',
  title: 'List email threads',
  kind: 'R',
  area: 'email',
  description: 'Threads of a mailbox, the latest first. Junk, trash and drafts are in none.',
  examples: [
    { mailbox: 'support@', unread: true },
    { mailbox: 'support@example.com', q: 'invoice', since: '7d' },
  ],
  input: z.strictObject({
    mailbox: mailboxReference,
    unread: z.boolean().optional(),
    since: moment.optional().describe('Last message since: RFC 3339, 24h, 7d, this_week.'),
    q: z.string().trim().min(2).max(100).optional().describe('In subject, addresses or text.'),
    ...listed,
  }),
  output: pageOf(emailThreadView).extend({ mailbox: mailboxFreshness }),
  rest: { method: 'GET', path: '/email-threads' },
  async prepare({ database, mail, caller }, input) {
    if (input.q === undefined) return [];
    const mailbox = await database.inOrganization(caller.organizationId, async (transaction) => {
      const found = await findMailbox(transaction, input.mailbox);
      requireMailboxRight(found, caller, 'read');
      return found;
    });
    return searchTexts({ mail, database }, mailbox, input.q, sinceOf(input));
  },
  async run({ transaction, caller, auditTarget }, input, foundInText) {
    const mailbox = await findMailbox(transaction, input.mailbox);
    auditTarget({ kind: 'mailbox', id: mailbox.id, name: mailbox.address });
    requireMailboxRight(mailbox, caller, 'read');
    const { unread, q, limit, cursor } = input;
    const page = await listThreads(transaction, mailbox.id, {
      unread,
      q,
      limit,
      cursor,
      since: sinceOf(input),
      foundInText,
    });
    return { ...page, mailbox: freshness(mailbox) };
  },
});

function sinceOf({ since }: { since?: string | undefined }): Date | undefined {
  return since === undefined ? undefined : parseTime(since, new Date());
}

function freshness({ address, syncState, syncedAt }: { address: string; syncState: string; syncedAt: Date | null }) {
  return {
    address,
    status: syncState as z.output<typeof mailboxFreshness>['status'],
    synced_at: syncedAt?.toISOString() ?? null,
  };
}
