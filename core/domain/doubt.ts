/** What a person can decide about a mail of which nobody knows whether it was taken. */
export const EMAIL_DECISIONS = ['sent', 'resend'] as const;
/** About a key at a provider. */
export const KEY_DECISIONS = ['keep', 'remove'] as const;

/** A question that only a person can answer, as it is stored in `operation.resolution`. */
export interface Doubt {
  /** What is not known, and what to do. */
  question: string;
  /** The provider's IDs; may be empty, and is for mails. */
  keys: { id: string; created_at: string | null }[];
  /**
   * `remove`: end these keys, or they have been ended by hand. `keep`: leave what is there. `sent`: the mail has arrived.
   * `resend`: it has not, so it goes out once more.
   */
  decision: (typeof EMAIL_DECISIONS)[number] | (typeof KEY_DECISIONS)[number] | null;
  decided_by: string | null;
  decided_at: string | null;
}
