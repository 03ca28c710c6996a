import type { AccessToken } from './fetch-access-token.ts';

/** The part of a token's life after which it is renewed while it still serves. */
const RENEWED_AFTER = 0.8;
/** The part of it in which it is no longer sent: a call takes time on its way. */
const NOT_SENT_IN_LAST = 0.1;
const LONGEST_NOT_SENT_MS = 10_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** A token that an upstream refused is thrown away only at this age: an upstream that refuses all of them shall not make us fetch without end. */
const YOUNGEST_DROPPED_MS = 30_000;

/**
 * The present access token of one client. It is fetched at the first call, once however many wait; renewed ahead of its
 * end by the calls that use it, so that they do not wait; and left alone while no call comes. After a failure the next
 * fetch waits, longer each time, and the old token serves to its end.
 */
export class AccessTokenSource {
  readonly #fetch: () => Promise<AccessToken>;
  #header: string | null = null;
  #fetchedAt = 0;
  #renewAt = 0;
  #expiresAt = 0;
  #failures = 0;
  #failure: Error | null = null;
  #fetching: Promise<void> | null = null;

  constructor(fetch: () => Promise<AccessToken>) {
    this.#fetch = fetch;
  }

  /** The value of `Authorization`, or null when there is none at present; `fetched` waits for one. */
  current(now: number): string | null {
    if (now >= this.#renewAt) this.#renew();
    return now < this.#expiresAt ? this.#header : null;
  }

  /** The same, after the fetch that is under way; null when it failed. Never rejects. */
  async fetched(): Promise<string | null> {
    await this.#fetching;
    const now = Date.now();
    return now < this.#expiresAt ? this.#header : null;
  }

  /** Why the last fetch brought none. */
  get failure(): Error | null {
    return this.#failure;
  }

  /** When the next fetch is due, for a caller who got none. */
  retryAfterSeconds(now: number): number {
    return Math.max(1, Math.ceil((this.#renewAt - now) / 1_000));
  }

  /** The upstream answered 401: a token may have been revoked before its end. */
  refused(now: number): void {
    if (now - this.#fetchedAt < YOUNGEST_DROPPED_MS || this.#fetching !== null) return;
    this.#expiresAt = 0;
    this.#renewAt = 0;
  }

  /** Whether nobody could tell it from a new one. */
  isIdle(now: number): boolean {
    return this.#fetching === null && now >= this.#expiresAt && now >= this.#renewAt;
  }

  #renew(): void {
    this.#fetching ??= this.#fetch()
      .then(
        (token) => this.#keep(token, Date.now()),
        (error: Error) => this.#waitAfterFailure(error, Date.now()),
      )
      .finally(() => {
        this.#fetching = null;
      });
  }

  #keep({ value, lifetimeSeconds }: AccessToken, now: number): void {
    const lifetimeMs = lifetimeSeconds * 1_000;
    this.#failures = 0;
    this.#failure = null;
    this.#header = `Bearer ${value}`;
    this.#fetchedAt = now;
    this.#renewAt = now + lifetimeMs * RENEWED_AFTER;
    this.#expiresAt = now + lifetimeMs - Math.min(lifetimeMs * NOT_SENT_IN_LAST, LONGEST_NOT_SENT_MS);
  }

  #waitAfterFailure(error: Error, now: number): void {
    this.#failure = error;
    const waitMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** this.#failures);
    this.#failures += 1;
    // Many processes lost the same server at the same moment.
    this.#renewAt = now + waitMs * (0.75 + Math.random() / 2);
  }
}
