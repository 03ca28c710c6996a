import { createMailbox } from './create-mailbox.ts';
import { deleteMailbox } from './delete-mailbox.ts';
import { getEmailAttachment } from './get-email-attachment.ts';
import { getEmailThread } from './get-email-thread.ts';
import { getMailbox } from './get-mailbox.ts';
import { listEmailThreads } from './list-email-threads.ts';
import { listMailProviders } from './list-mail-providers.ts';
import { listMailboxes } from './list-mailboxes.ts';
import { markEmailThread } from './mark-email-thread.ts';
import { restoreMailbox } from './restore-mailbox.ts';
import { testMailbox } from './test-mailbox.ts';
import { updateMailbox } from './update-mailbox.ts';

/** Mailboxes, and what is read of them. */
export const mailboxOperations = [
  listMailboxes,
  listEmailThreads,
  getEmailThread,
  getEmailAttachment,
  markEmailThread,
  listMailProviders,
  createMailbox,
  getMailbox,
  updateMailbox,
  testMailbox,
  deleteMailbox,
  restoreMailbox,
] as const;
