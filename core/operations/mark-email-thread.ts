import { z } from 'zod';
import { findMarks, markAtServer, markHere } from '../services/email/mark-thread.ts';
import { findReadableThread } from '../services/email/threads.ts';
import { defineOperation } from './define-operation.ts';

export const markEmailThread = defineOperation({
  name: 'mark_email_thread',
  title: 'Mark an email thread',
  kind: 'W',
  area: 'email',
  description: 'Marks a thread as read, or its last message from others as unread, at the mail server too.',
  examples: [{ thread: '0198c5e2-7f00-7000-8000-000000000001', read: true }],
  input: z.strictObject({ thread: z.uuid(), read: z.boolean() }),
  output: z.object({ thread: z.uuid(), unread: z.int() }),
  rest: { method: 'PATCH', path: '/email-threads/{thread}' },
  async prepare({ database, mail, caller }, { thread: id, read }) {
    const { mailbox, folders } = await database.inOrganization(caller.organizationId, async (transaction) => {
      const found = await findReadableThread(transaction, caller, id);
      return { ...found, folders: await findMarks(transaction, found.thread.id, read) };
    });
    await markAtServer({ mail }, mailbox, folders, read);
    return folders;
  },
  async run({ transaction, caller, auditTarget }, { thread: id, read }, folders) {
    const { thread, mailbox } = await findReadableThread(transaction, caller, id);
    auditTarget({ kind: 'email_thread', id: thread.id, name: mailbox.address });
    await markHere(transaction, thread.id, folders, read);
    const { unreadCount } = await transaction.emailThread.findUniqueOrThrow({ where: { id: thread.id } });
    return { thread: thread.id, unread: unreadCount };
  },
});
