/** A question about a key at a provider that only a person can answer, as it is stored in `operation.resolution`. */
export interface Doubt {
  /** What is not known, and what to do. */
  question: string;
  /** The provider's IDs; may be empty. */
  keys: { id: string; created_at: string | null }[];
  /** `remove`: end these keys, or they have been ended by hand. `keep`: leave what is there. */
  decision: 'keep' | 'remove' | null;
  decided_by: string | null;
  decided_at: string | null;
}
