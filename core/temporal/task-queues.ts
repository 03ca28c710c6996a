import { MAIL_TASK_QUEUE } from '../domain/mailbox-sync.ts';
import { OUTGOING_MAIL_TASK_QUEUE } from '../domain/outgoing-email.ts';

/** One task queue a kind of work, one worker file a task queue. */
export const TASK_QUEUES = {
  /** The control plane's workflows and all that they do in our own database. */
  control: 'control',
  /** Each mailbox's connection, for minutes on end: it takes no place from others. */
  mail: MAIL_TASK_QUEUE,
  /** What writes to mailboxes and their servers: drafts and sendings. */
  outgoingMail: OUTGOING_MAIL_TASK_QUEUE,
} as const;
