import { type Answer, NoAnswerError } from './bound-request.ts';
import { RotatorError } from './rotator.ts';

/**
 * Reads the status of a call that the rotator makes with its own secret.
 * @param doing in the message, such as "listing keys"
 * @throws RotatorError
 */
export function requireSuccess({ status, host, headers }: Answer, doing: string): void {
  if (status >= 200 && status <= 299) return;
  if (isPassing(status)) throw passingFailure(host, status, headers.get('retry-after'));
  if (status === 401 || status === 403) {
    throw new RotatorError(
      'permanent',
      `${host} refused ${doing} (${status}). Check that the secret which the rotator's calls use is valid and has the right to it, and that no limit on keys is reached.`,
    );
  }
  const hint = status < 400 ? ' Redirects are not followed: name the final URL.' : '';
  throw new RotatorError('permanent', `${host} answered ${status} to ${doing}. Check the rotator's settings.${hint}`);
}

/** The statuses after which the same request may succeed later. */
export function isPassing(status: number): boolean {
  return status === 408 || status === 425 || status === 429 || status >= 500;
}

/** @param retryAfter the header's value: seconds are heeded up to five minutes, a date is not */
export function passingFailure(host: string, status: number, retryAfter: string | null): RotatorError {
  const seconds = /^\d{1,6}$/.test(retryAfter ?? '') ? Math.min(300, Number(retryAfter)) : null;
  return new RotatorError('retryable', `${host} answered ${status}. It is tried again.`, {
    retryAfterSeconds: seconds,
  });
}

/**
 * Runs the call that makes a key, and marks failures after which the key may exist.
 * @throws RotatorError
 */
export async function mintingCall(call: () => Promise<Answer>): Promise<Answer> {
  try {
    const answer = await call();
    if (answer.status >= 500) throw new NoAnswerError(answer.host, String(answer.status), true);
    requireSuccess(answer, 'making a key');
    return answer;
  } catch (error) {
    if (!(error instanceof NoAnswerError)) throw error;
    throw new RotatorError(error.kind, error.message, { maybeMinted: error.maybeSent });
  }
}

/** An answer of which the new key cannot be read: it exists, and nobody has its value. */
export function unreadableKey(host: string, what: string): RotatorError {
  return new RotatorError(
    'permanent',
    `${host} made a key, but its answer has no ${what}. Check the rotator's settings.`,
    {
      maybeMinted: true,
    },
  );
}

/** @throws RotatorError */
export function parseJson({ text, host }: Answer, doing: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new RotatorError('permanent', `${host} answered ${doing} with something that is no JSON.`);
  }
}
