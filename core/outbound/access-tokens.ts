import type { Dispatcher } from 'undici';
import { AccessTokenSource } from './access-token-source.ts';
import { type AccessToken, fetchAccessToken, type TokenRequest } from './fetch-access-token.ts';

/** What each fetch goes through: it completes the request. */
export type Asking = (fetch: (request: TokenRequest) => Promise<AccessToken>) => Promise<AccessToken>;

/**
 * The process' token sources: one for each version of a credential and way to ask, so that neither a change of an
 * agent's settings nor a second agent with the same link fetches anew.
 */
export class AccessTokens {
  readonly #agent: Dispatcher;
  readonly #onFailure: (versionId: string, error: Error) => void;
  /** By credential version, then by way to ask. */
  readonly #sources = new Map<string, Map<string, AccessTokenSource>>();

  /**
   * @param agent goes through the network guard (invariant 2)
   * @param onFailure is told of each fetch that failed
   */
  constructor(agent: Dispatcher, onFailure: (versionId: string, error: Error) => void) {
    this.#agent = agent;
    this.#onFailure = onFailure;
  }

  /**
   * @param versionId the credential version that holds the client secret or the refresh token
   * @param asking of a source that is new
   */
  source(versionId: string, request: TokenRequest, asking: Asking = (fetch) => fetch(request)): AccessTokenSource {
    const { tokenUrl, clientId, scope, audience } = request;
    const key = JSON.stringify([tokenUrl, clientId, scope, audience]);
    const known = this.#sources.get(versionId)?.get(key);
    if (known !== undefined) return known;
    this.#forgetIdle();
    const source = new AccessTokenSource(() => this.#fetch(versionId, asking));
    const ofVersion = this.#sources.get(versionId) ?? new Map<string, AccessTokenSource>();
    this.#sources.set(versionId, ofVersion.set(key, source));
    return source;
  }

  /** The version was released: its access tokens and its client secret go with it. */
  forget(versionId: string): void {
    this.#sources.delete(versionId);
  }

  async #fetch(versionId: string, asking: Asking) {
    try {
      return await asking((request) => fetchAccessToken(this.#agent, request));
    } catch (error) {
      this.#onFailure(versionId, error as Error);
      throw error;
    }
  }

  /** A route that still uses a forgotten one goes on with it. */
  #forgetIdle(): void {
    const now = Date.now();
    for (const [versionId, sources] of this.#sources) {
      for (const [key, source] of sources) if (source.isIdle(now)) sources.delete(key);
      if (sources.size === 0) this.#sources.delete(versionId);
    }
  }
}
