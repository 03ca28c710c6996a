import { UpstreamForbiddenError } from '../outbound/dialer.ts';
import { isMaybeSent, reasonCode } from '../outbound/no-answer.ts';
import { guardedFetch } from '../outbound/outbound-agent.ts';
import { hostAllowed, hostEntry, parseUpstreamUrl } from '../outbound/upstream-url.ts';
import type { RotatorContext, SecretHolder } from './key-provider.ts';
import { RotatorError } from './rotator.ts';

export interface OutboundRequest {
  method: string;
  url: string;
  headers: Record<string, string>;
  body?: string | undefined;
}

export interface Answer {
  status: number;
  headers: { get(name: string): string | null };
  /** '' where it was not asked for. */
  text: string;
  host: string;
}

/** How long a call to a provider may take, with its answer read. */
export const REQUEST_TIMEOUT_MS = 10_000;
const LONGEST_ANSWER_BYTES = 1_048_576;

/** No answer, or half of one. */
export class NoAnswerError extends RotatorError {
  /** The provider may have read the request. */
  readonly maybeSent: boolean;

  constructor(host: string, code: string, maybeSent: boolean) {
    super(
      'retryable',
      `${host} gave no answer (${code}). It is tried again; if it stays so, check that it can be reached.`,
    );
    this.maybeSent = maybeSent;
  }
}

/**
 * Sends one request, without following redirects.
 * @param holders whose secrets it carries. Invariant 9: its host must be allowed by each of them, else nothing is sent
 * @param reading `headers`: the body is not looked at
 * @throws RotatorError `permanent` when a host is not allowed or the guard refuses; NoAnswerError
 */
export async function sendBound(
  { agent }: RotatorContext,
  request: OutboundRequest,
  holders: readonly SecretHolder[],
  reading: 'body' | 'headers' = 'body',
): Promise<Answer> {
  const host = requireHost(request.url, holders);
  try {
    const response = await guardedFetch(agent)(request.url, {
      method: request.method,
      headers: { accept: 'application/json', 'user-agent': 'AgentGateway', ...request.headers },
      ...(request.body !== undefined && { body: request.body }),
      redirect: 'manual',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    const { status, headers, body } = response;
    if (reading === 'headers') await body?.cancel();
    return { status, headers, text: reading === 'body' ? await readText(body, host) : '', host };
  } catch (error) {
    if (error instanceof NoAnswerError) throw error;
    if (error instanceof UpstreamForbiddenError) throw new RotatorError('permanent', error.message);
    const code = reasonCode(error);
    throw new NoAnswerError(host, code, isMaybeSent(code));
  }
}

/**
 * Invariant 9: a secret goes only where a person or an API token said that it may.
 * @returns the host, for messages
 * @throws RotatorError
 */
export function requireHost(url: string, holders: readonly SecretHolder[]): string {
  const target = parseUpstreamUrl(new URL(url).origin);
  const host = hostEntry(target);
  for (const { name, allowedHosts } of holders) {
    if (hostAllowed(allowedHosts, target)) continue;
    throw new RotatorError(
      'permanent',
      `The credential "${name}" may not be sent to ${host}. A manager or admin can add it to the credential's allowed hosts.`,
    );
  }
  return host;
}

async function readText(body: AsyncIterable<Uint8Array> | null, host: string): Promise<string> {
  const chunks: Uint8Array[] = [];
  let received = 0;
  for await (const chunk of body ?? []) {
    received += chunk.length;
    if (received > LONGEST_ANSWER_BYTES) throw new NoAnswerError(host, 'its answer is over 1 MiB', true);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}
