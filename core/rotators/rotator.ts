/**
 * What a rotator does at a provider. It works with values in memory only; what it returns besides a minted value holds
 * no secret and may be stored, logged and shown (invariant 1).
 */
export interface Rotator {
  /** false: a person makes the new key at the provider, and `plan`, `mint` and `find` refuse. */
  readonly mints: boolean;

  /**
   * What must be recorded before `mint` is called, so that `find` can tell the key of a broken attempt from others.
   * One plan is one attempt, made at once.
   * @throws RotatorError
   */
  plan(marker: string): Promise<MintPlan>;

  /**
   * Makes a key.
   * @throws RotatorError; `maybeMinted` tells whether a key may exist all the same
   */
  mint(plan: MintPlan): Promise<MintedKey>;

  /**
   * The keys at the provider that the attempt with this plan made, but for the recorded ones. Their values are lost.
   * @throws RotatorError `in_doubt` where that cannot be told, `retryable` as long as the provider may not show all
   */
  find(plan: MintPlan, recorded?: readonly ProviderReference[]): Promise<ProviderReference[]>;

  /**
   * Calls the provider with the value.
   * @param since when the version was made at the provider: a refusal counts only once the provider has had its time
   * @throws RotatorError `retryable` until then, and where the answer tells nothing
   */
  verify(value: string, since: Date): Promise<Verdict>;

  /**
   * Ends a key at the provider; one that is gone already is fine.
   * @throws RotatorError `in_doubt` when it cannot be told which key at the provider it is
   */
  revoke(version: RevocableVersion): Promise<void>;

  /**
   * Calls the provider with a value that was revoked.
   * @param since when it was revoked: an acceptance counts only once the provider has had its time
   * @throws RotatorError `retryable` until then, and where the answer tells nothing
   */
  proveRefused(value: string, since: Date): Promise<Verdict>;
}

/** The provider's ID of a key; no secret. Stored as `credential_version.provider_reference`. */
export interface ProviderReference {
  id: string;
}

/** JSON without a secret, recorded before the attempt that it is for. */
export interface MintPlan {
  /** Stands in the key's name where the provider has names. */
  marker: string;
  /** RFC 3339, our clock. */
  planned_at: string;
  /** Providers without names: what was there before, by the provider's own clock (RFC 3339). */
  before?: { key_ids: string[]; listed_at: string };
}

export interface MintedKey {
  value: string;
  provider_reference: ProviderReference;
}

export interface RevocableVersion {
  /** null: entered by a person. */
  provider_reference: ProviderReference | null;
  /** null: lost, or not at hand. */
  value: string | null;
}

export type Verdict = { outcome: 'accepted' } | { outcome: 'refused'; status: number };

/** A key that a person must decide about: `keep` or `remove`. */
export interface KeyInDoubt {
  id: string;
  /** RFC 3339; null where the provider does not tell. */
  created_at: string | null;
}

/** `retryable`: later it may work. `permanent`: settings or rights must change. `in_doubt`: a person must look. */
export type RotatorErrorKind = 'retryable' | 'permanent' | 'in_doubt';

/**
 * A rotator's failure. The message may be shown, says what to do next, and holds neither a value nor anything that the
 * provider wrote.
 */
export class RotatorError extends Error {
  override readonly name = 'RotatorError';
  readonly kind: RotatorErrorKind;
  /** A key may exist at the provider that nobody recorded. Only `mint` sets it. */
  readonly maybeMinted: boolean;
  readonly retryAfterSeconds: number | null;
  readonly keysInDoubt: readonly KeyInDoubt[];

  constructor(kind: RotatorErrorKind, message: string, more: RotatorErrorDetails = {}) {
    super(message);
    this.kind = kind;
    this.maybeMinted = more.maybeMinted ?? false;
    this.retryAfterSeconds = more.retryAfterSeconds ?? null;
    this.keysInDoubt = more.keysInDoubt ?? [];
  }
}

interface RotatorErrorDetails {
  maybeMinted?: boolean;
  retryAfterSeconds?: number | null;
  keysInDoubt?: readonly KeyInDoubt[];
}
