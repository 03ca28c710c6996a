import type { ErrorRequestHandler, Response } from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import { PublicError } from '../../core/errors.ts';
import { PageRedirect, requestIdOf } from '../sessions/visit.ts';
import { WrongOrganization } from '../sessions/wrong-organization.ts';
import { html } from './html.ts';
import { renderPage } from './layout.ts';
import { linkButton } from './views/form.ts';
import { heading } from './views/pieces.ts';
import { renderWrongOrganization } from './wrong-organization.ts';

const TITLES: Record<number, string> = {
  400: 'That did not work',
  403: 'Not allowed',
  404: 'Nothing here',
  409: 'That did not work',
  413: 'Too large',
  422: 'That did not work',
  429: 'Too many tries',
  503: 'Back in a moment',
};

/** A page that says what is wrong and what to do next. */
export function renderProblem(response: Response, status: number, detail: string): void {
  const title = TITLES[status] ?? 'Something went wrong';
  renderPage(response, {
    title,
    status,
    body: html`${heading(title, detail)}${linkButton('Go to the dashboard', '/', 'secondary')}`,
  });
}

/** A link that leads nowhere any more, and what to do instead. */
export function renderDeadLink(response: Response, text: string): void {
  renderPage(response, {
    title: 'This link does not work',
    status: 404,
    body: html`${heading('This link does not work', text)}${linkButton('Go to the dashboard', '/', 'secondary')}`,
  });
}

/** The body parsers' errors: not ours, but meant to be told. */
function isBadBody(error: unknown): error is { status: number } {
  const { status, expose } = Object(error) as { status?: unknown; expose?: unknown };
  return expose === true && typeof status === 'number' && status < 500;
}

/** The last handler of every router that answers with pages. */
export function pageErrors({ log }: Pick<Dependencies, 'log'>): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) return next(error);
    if (error instanceof PageRedirect) return response.redirect(303, error.location);
    if (error instanceof WrongOrganization) return renderWrongOrganization(response, error);
    if (error instanceof PublicError) {
      const { retryAfterSeconds } = error;
      if (retryAfterSeconds !== undefined) response.set('Retry-After', String(retryAfterSeconds));
      // What is followed live comes back by itself.
      if (error.status === 503 && request.method === 'GET') response.set('Refresh', String(retryAfterSeconds ?? 5));
      return renderProblem(response, error.status, error.detail);
    }
    if (isBadBody(error))
      return renderProblem(response, error.status, 'The form could not be read. Go back and send it again.');
    const requestId = requestIdOf(response);
    log.error({ err: error, request_id: requestId, method: request.method }, 'a page failed');
    return renderProblem(
      response,
      500,
      `This is our fault. Try again; if it stays, give your operator the request ID ${requestId}.`,
    );
  };
}
