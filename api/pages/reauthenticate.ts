import express, { type Request, type Response } from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import { hasTotp, reauthenticate } from '../../core/services/sign-in.ts';
import { localPath } from '../sessions/local-path.ts';
import { requireSession, type Visit } from '../sessions/visit.ts';
import { type FormState, problemNotice, refusedForm, typed, UNTOUCHED, visitorOf } from './form-input.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import { button, field, form, hidden } from './views/form.ts';
import { heading } from './views/pieces.ts';

/** The fields that prove again who the person is. */
export async function proofFields(
  dependencies: Dependencies,
  { session }: Visit,
  { errors }: FormState,
): Promise<Html[]> {
  const password = field({
    name: 'password',
    label: 'Password',
    type: 'password',
    error: errors.password,
    autocomplete: 'current-password',
    autofocus: true,
  });
  if (!(await hasTotp(dependencies, session.person.id))) return [password];
  return [
    password,
    field({
      name: 'code',
      label: 'Code',
      error: errors.code,
      autocomplete: 'one-time-code',
      hint: 'From your authenticator app, or a recovery code.',
    }),
  ];
}

/** Checks those fields. @throws PublicError `unauthenticated`, `rate_limited` */
export function checkProof(dependencies: Dependencies, request: Request, { session }: Visit): Promise<void> {
  const { password = '', code = '' } = typed(request);
  const proof = { personId: session.person.id, sessionId: session.id, password, code };
  return reauthenticate(dependencies, { ...proof, visitor: visitorOf(request) });
}

export function createReauthenticateRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();

  async function show(response: Response, visit: Visit, state: FormState, returnTo: string): Promise<void> {
    renderPage(response, {
      title: 'Confirm that it is you',
      status: state.status,
      body: html`${heading('Confirm that it is you', html`What comes next is sensitive. Enter the password of <strong>${visit.session.person.email}</strong> again.`)}
${problemNotice(state)}
${form({
  action: '/reauthenticate',
  csrfToken: visit.csrfToken,
  body: [hidden('return_to', returnTo), await proofFields(dependencies, visit, state), button({ label: 'Continue' })],
})}`,
    });
  }

  router.get('/reauthenticate', async (request: Request, response: Response) => {
    const visit = await requireSession(dependencies, request, response);
    await show(response, visit, UNTOUCHED, localPath(request.query.return_to));
  });

  router.post('/reauthenticate', async (request: Request, response: Response) => {
    const visit = await requireSession(dependencies, request, response);
    const returnTo = localPath(typed(request).return_to);
    try {
      await checkProof(dependencies, request, visit);
      return response.redirect(303, returnTo);
    } catch (error) {
      return show(response, visit, refusedForm(request, error), returnTo);
    }
  });

  return router;
}
