/** What the sync of a mailbox starts with: IDs, never content. */
export interface MailboxSync {
  organizationId: string;
  mailboxId: string;
}

/** The workflow's type. */
export const MAILBOX_SYNC_WORKFLOW = 'syncMailbox';
/** Where the activity runs that holds a mailbox's connection. */
export const MAIL_TASK_QUEUE = 'mail';

/** One for each mailbox, for as long as it is there. */
export function mailboxSyncWorkflowId({ mailboxId }: Pick<MailboxSync, 'mailboxId'>): string {
  return `mailbox-sync/${mailboxId}`;
}

/** Of one mailbox: no server that makes messages up fills the disk. */
export const MOST_MESSAGES = 1_000_000;

/** How a watch over a mailbox ended. What went wrong stands in the mailbox's row. */
export type WatchOutcome =
  /** Its time was over, or it was called off. */
  | { outcome: 'again' }
  /** The connection was lost, or not made. @property livedSeconds how long it had served */
  | { outcome: 'lost'; livedSeconds: number }
  /** Signing in was refused, or may not be tried, or no more may be read: only what people change helps, or time. */
  | { outcome: 'refused' }
  /** The mailbox is deleted. */
  | { outcome: 'gone' };

/** A connection that served so long was a good one: the next try may come at once. */
const GOOD_SECONDS = 60;
const LONGEST_PAUSE_SECONDS = 300;
/** Providers lock accounts at which somebody tries wrong passwords. */
const REFUSED_PAUSE_SECONDS = 900;

/**
 * How long to wait before the next try, and the count of failures in a row.
 * @param random from 0 to 1: not all mailboxes of a server that comes back call at once
 */
export function pauseAfter(
  outcome: WatchOutcome,
  failures: number,
  random: number,
): { seconds: number; failures: number } {
  if (outcome.outcome === 'refused') return { seconds: REFUSED_PAUSE_SECONDS, failures: failures + 1 };
  if (outcome.outcome !== 'lost') return { seconds: 0, failures: 0 };
  const count = outcome.livedSeconds >= GOOD_SECONDS ? 1 : failures + 1;
  const seconds = Math.min(LONGEST_PAUSE_SECONDS, 2 ** (count - 1));
  return { seconds: seconds * (0.75 + random / 2), failures: count };
}
