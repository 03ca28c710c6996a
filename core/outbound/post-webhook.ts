import type { Dispatcher } from 'undici';
import { UpstreamForbiddenError } from './dialer.ts';
import { isMaybeSent, reasonCode } from './no-answer.ts';
import { guardedFetch } from './outbound-agent.ts';

export interface WebhookPost {
  url: string;
  headers: Record<string, string>;
  /** JSON. */
  body: string;
}

/** What a receiver said, or that it said nothing; `code` is a word such as ECONNRESET. */
export type WebhookAnswer =
  | { kind: 'answered'; status: number; retryAfterSeconds: number | undefined }
  | { kind: 'forbidden'; reason: string }
  | { kind: 'silent'; code: string; maybeSent: boolean };

/** From the name's resolution to the answer's headers. */
const TIMEOUT_MS = 10_000;

/**
 * Posts once, through the network guard (invariant 2). Redirects are not followed, and of an answer only the status is
 * read: what a receiver writes cannot fill memory, nor hold the worker up.
 */
export async function postWebhook(agent: Dispatcher, { url, headers, body }: WebhookPost): Promise<WebhookAnswer> {
  try {
    const response = await guardedFetch(agent)(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'AgentGateway', ...headers },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    await response.body?.cancel();
    const { status } = response;
    return { kind: 'answered', status, retryAfterSeconds: retryAfter(response.headers.get('retry-after')) };
  } catch (error) {
    if (error instanceof UpstreamForbiddenError) return { kind: 'forbidden', reason: error.message };
    if (isBadPort(error))
      return { kind: 'forbidden', reason: `The port in ${new URL(url).host} is another protocol's.` };
    const code = reasonCode(error);
    return { kind: 'silent', code, maybeSent: isMaybeSent(code) };
  }
}

/** fetch calls no port that belongs to mail, shells and the like (fetch.spec.whatwg.org, "Port blocking"). */
function isBadPort(error: unknown): boolean {
  return error instanceof Error && error.cause instanceof Error && error.cause.message === 'bad port';
}

/** @param header in seconds; a date is not heeded */
function retryAfter(header: string | null): number | undefined {
  return /^\d{1,9}$/.test(header ?? '') ? Number(header) : undefined;
}
