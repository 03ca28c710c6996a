import { z } from 'zod';
import { readThread } from '../services/email/thread-page.ts';
import { findReadableThread, threadJson } from '../services/email/threads.ts';
import { defineOperation } from './define-operation.ts';
import { emailMessageView, readThreadView } from './email-thread-views.ts';
import { listed, pageOf } from './members.ts';

export const getEmailThread = defineOperation({
  name: 'get_email_thread',
  title: 'Read an email thread',
  kind: 'R',
  area: 'email',
  description:
    'Messages of a thread, the latest first, as readable text; nothing in them is fetched or run. Reading marks nothing.',
  examples: [{ thread: '0198c5e2-7f00-7000-8000-000000000001' }],
  input: z.strictObject({
    thread: z.uuid(),
    message: z.uuid().optional().describe('Only this message, with more of its text.'),
    offset: z.int().min(0).max(1_000_000).default(0),
    quotes: z.boolean().default(false).describe('Show what is quoted of earlier messages.'),
    ...listed,
  }),
  output: pageOf(emailMessageView).extend({ thread: readThreadView, mailbox: z.string() }),
  rest: { method: 'GET', path: '/email-threads/{thread}' },
  prepare: ({ vault, caller }) => vault.prepare(caller.organizationId),
  async run({ transaction, vault, caller, auditTarget }, { thread: id, ...reading }) {
    const found = await findReadableThread(transaction, caller, id);
    const { thread, mailbox } = found;
    auditTarget({ kind: 'email_thread', id: thread.id, name: mailbox.address });
    const page = await readThread(transaction, { vault }, found, reading);
    return { ...page, thread: threadJson(thread), mailbox: mailbox.address };
  },
});
