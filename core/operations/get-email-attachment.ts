import { z } from 'zod';
import { downloadAttachment, type FoundAttachment, findAttachment } from '../services/email/attachments.ts';
import { findReadableThread } from '../services/email/threads.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { CallContext } from './define-operation.ts';
import { defineOperation } from './define-operation.ts';
import { fileMembers } from './email-thread-views.ts';

export const getEmailAttachment = defineOperation({
  name: 'get_email_attachment',
  title: 'Look at an email attachment',
  kind: 'R',
  area: 'email',
  description: "An attachment's name, type and encoded size. The file itself comes over REST only, at download_path.",
  examples: [
    {
      thread: '0198c5e2-7f00-7000-8000-000000000001',
      attachment: '0198c5e2-7f00-7000-8000-000000000002.2',
    },
  ],
  input: z.strictObject({ thread: z.uuid(), attachment: z.string().min(1).max(100).describe('Its ID.') }),
  output: z.object({ ...fileMembers, download_path: z.string() }),
  rest: { method: 'GET', path: '/email-threads/{thread}/attachments/{attachment}' },
  async run({ transaction, caller, auditTarget }, input) {
    const { attachment, mailbox } = await find(transaction, caller, input);
    auditTarget({ kind: 'email_thread', id: input.thread, name: mailbox.address });
    const { filename, type, size_bytes } = attachment;
    return {
      filename,
      type,
      size_bytes,
      download_path: `/api/v1/email-threads/${input.thread}/attachments/${input.attachment}`,
    };
  },
  async file({ database, mail, caller }, input) {
    const found = await database.inOrganization(caller.organizationId, (transaction) =>
      find(transaction, caller, input),
    );
    return { filename: found.attachment.filename, content: await downloadAttachment({ mail }, found) };
  },
});

async function find(
  transaction: OrganizationTransaction,
  caller: CallContext['caller'],
  { thread, attachment }: { thread: string; attachment: string },
): Promise<FoundAttachment> {
  return findAttachment(transaction, await findReadableThread(transaction, caller, thread), attachment);
}
