import { VaultUnavailableError } from './key-wrapper.ts';

/** Shorter than a transaction may last, should a call ever fall inside one. */
const TIMEOUT_MS = 3_000;
/** Shorter than the pause between two readings of the relay's snapshot. */
const PAUSE_MS = 2_000;

export interface KeyServiceAnswer {
  status: number;
  /** An empty object where the answer is none. */
  body: Record<string, unknown>;
}

/**
 * Where a remote master key is asked for. The address comes from the settings, so the network guard is not asked; a
 * redirect is not followed, since the request carries what proves who we are.
 */
export class KeyService {
  readonly #name: string;
  #askAgainAt = 0;

  constructor(name: string) {
    this.#name = name;
  }

  /**
   * Posts JSON. After a call without an answer, none is made for 2 s: thousands that wait for the same key must not take
   * 3 s each.
   * @throws VaultUnavailableError
   */
  async ask(url: string, request: { headers: Record<string, string>; body: string }): Promise<KeyServiceAnswer> {
    if (Date.now() < this.#askAgainAt) throw this.unavailable('did not answer a moment ago');
    try {
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(url, { method: 'POST', ...request, redirect: 'manual', signal });
      return { status: response.status, body: parseObject(await response.text()) };
    } catch (error) {
      this.#askAgainAt = Date.now() + PAUSE_MS;
      const { cause, name } = error as Error;
      throw this.unavailable(`cannot be reached (${(cause as NodeJS.ErrnoException | undefined)?.code ?? name})`);
    }
  }

  unavailable(reason: string): VaultUnavailableError {
    return new VaultUnavailableError(this.#name, reason);
  }
}

function parseObject(text: string): Record<string, unknown> {
  try {
    return Object(JSON.parse(text)) as Record<string, unknown>;
  } catch {
    return {};
  }
}

/** Key services are reached over TLS; without it only on this machine, where an agent of theirs may listen. */
export function isLoopback(hostname: string): boolean {
  return ['127.0.0.1', '[::1]', 'localhost'].includes(hostname);
}
