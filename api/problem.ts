import type { Response } from 'express';
import { PublicError } from '../core/errors.ts';

const TITLES: Record<number, string> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  409: 'Conflict',
  413: 'Content Too Large',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  503: 'Service Unavailable',
};

/** Turns whatever was thrown into an error that a caller may see; what is not ours to tell becomes `internal`. */
export function toPublicError(error: unknown): PublicError {
  if (error instanceof PublicError) return error;
  const { type } = error as { type?: unknown };
  if (type === 'entity.too.large')
    return new PublicError('body_too_large', 'The body is larger than 1 MB. Send less at once.');
  if (type === 'entity.parse.failed') return new PublicError('invalid_request', 'The body is no valid JSON.');
  if (error instanceof URIError || (typeof type === 'string' && /^(entity|encoding|charset|request)\./.test(type))) {
    return new PublicError('invalid_request', 'The request cannot be read. Send JSON in UTF-8, as application/json.');
  }
  return new PublicError(
    'internal',
    'Something went wrong on our side. Try again; if it stays, give support the request_id.',
    {
      cause: error,
    },
  );
}

/** Answers an error as problem details (RFC 9457), with our code and the request's ID. */
export function sendProblem(response: Response, error: PublicError, requestId: string): void {
  if (error.retryAfterSeconds !== undefined) response.set('Retry-After', String(error.retryAfterSeconds));
  if (error.status === 401) response.set('WWW-Authenticate', 'Bearer realm="AgentGateway"');
  response
    .status(error.status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: 'about:blank',
        title: TITLES[error.status] ?? 'Error',
        status: error.status,
        code: error.code,
        detail: error.detail,
        ...(error.issues && { issues: error.issues }),
        ...error.members,
        request_id: requestId,
      }),
    );
}
