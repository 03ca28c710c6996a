/** What the workflow of a sending starts with: IDs, never content. */
export interface EmailSending {
  organizationId: string;
  outgoingEmailId: string;
  operationId: string;
  /** A person must approve it first. */
  needsApproval: boolean;
}

/**
 * Where all that speaks to mailboxes' servers to write to them runs: a server that answers slowly takes no place from others.
 */
export const OUTGOING_MAIL_TASK_QUEUE = 'outgoing-mail';

export const EMAIL_SENDING_WORKFLOW = 'sendEmail';

export function emailSendingWorkflowId({ operationId }: Pick<EmailSending, 'operationId'>): string {
  return `email-sending/${operationId}`;
}

/** The operation's name in the registry. */
export const SEND_EMAIL = 'send_email';

/**
 * From here on the receiving server may have the mail: no way back, and never again by itself (invariant 5).
 */
export const HAND_OVER = 'hand_over';
export const COPY_TO_SENT = 'copy_to_sent';
/** The steps that `get_operation` shows. */
export const SEND_STEPS = ['undo_window', 'check', 'transmit', HAND_OVER, COPY_TO_SENT] as const;

/**
 * `accepted`: nothing has left, a person can still undo it. `sending`: it counts towards the mailbox's limit; whether it
 * is being handed over stands in its own column. `unknown`: handed over without a word back; a person decides.
 */
export const OUTGOING_STATES = ['accepted', 'sending', 'sent', 'failed', 'cancelled', 'unknown'] as const;
export type OutgoingState = (typeof OUTGOING_STATES)[number];

/** Those that the mailbox's sending limit counts. */
export const COUNTED_STATES: readonly OutgoingState[] = ['sending', 'sent', 'unknown'];

/** A person can take a mail back for so long. */
export const UNDO_SECONDS = 30;
export const LONGEST_UNDO_SECONDS = 3_600;

/** A server that does not take it yet (greylisting, RFC 6647) is asked again for so long. */
export const TRANSMIT_HOURS = 4;
/** A sent mail whose copy cannot be kept for so long stays without one. */
export const COPY_HOURS = 24;

const FIRST_RETRY_SECONDS = 2;
const LONGEST_RETRY_SECONDS = 600;

/** @param tries before this one */
export function transmitAgainSeconds(tries: number): number {
  return Math.min(FIRST_RETRY_SECONDS * 2 ** Math.min(tries, 20), LONGEST_RETRY_SECONDS);
}

/** When a mail in doubt is looked for, in seconds after it was handed over; then twice a day. */
const LOOK_AFTER_SECONDS = [0, 5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400];
const LATER_LOOKS_SECONDS = 43_200;

/**
 * @param handedOverAt milliseconds since 1970, like `now`
 * @returns seconds until the next look
 */
export function nextEvidenceSeconds(handedOverAt: number, now: number): number {
  const passed = (now - handedOverAt) / 1_000;
  const next = LOOK_AFTER_SECONDS.find((seconds) => seconds > passed);
  return next === undefined ? LATER_LOOKS_SECONDS : Math.max(1, next - passed);
}

/** What became of a try to hand a mail over. */
export type Transmission =
  | { outcome: 'done' }
  /** Certainly not taken: try again then. */
  | { outcome: 'later'; retryAfterSeconds: number }
  /** Certainly not taken, and it will not be. */
  | { outcome: 'refused'; why: string }
  /** A person wants it ended, or it has ended. */
  | { outcome: 'stop' }
  /** It may have been taken. */
  | { outcome: 'unknown' };

/** What a look for a mail in doubt found. */
export type Evidence =
  | { outcome: 'done' }
  | { outcome: 'later'; retryAfterSeconds: number }
  /** A person decided that it goes out once more. */
  | { outcome: 'resend' }
  /** It has ended already. */
  | { outcome: 'stop' };

/** A report that a sent mail did not arrive, or arrives late, as it is stored in `outgoing_email.bounces`. */
export interface Bounce {
  /** One of those whom the mail went to; null: the report names nobody of them. */
  recipient: string | null;
  action: 'failed' | 'delayed';
  /** RFC 3463, such as `5.1.1`; '' where it is not told. */
  status: string;
  /** RFC 3339. */
  reported_at: string;
}
