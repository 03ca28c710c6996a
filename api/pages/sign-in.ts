import express, { type Request, type Response } from 'express';
import { z } from 'zod';
import type { Dependencies } from '../../core/dependencies.ts';
import { auditAccount } from '../../core/services/account-audit.ts';
import { endSession } from '../../core/services/sessions.ts';
import { isSetUp } from '../../core/services/setup.ts';
import { CODE_MINUTES, signIn, signInWithCode } from '../../core/services/sign-in.ts';
import { signUpIsOpen } from '../../core/services/sign-up.ts';
import { clearCookie, readCookie, setCookie } from '../sessions/cookies.ts';
import { csrfTokenForVisitor, requireCsrf } from '../sessions/csrf.ts';
import { findSession } from '../sessions/find-session.ts';
import { localPath } from '../sessions/local-path.ts';
import { startSession } from '../sessions/start-session.ts';
import { requestIdOf, requireSession } from '../sessions/visit.ts';
import { codeField, emailField, passwordField } from './fields.ts';
import { type FormState, problemNotice, readFields, refusedForm, typed, UNTOUCHED, visitorOf } from './form-input.ts';
import { html } from './html.ts';
import { renderPage } from './layout.ts';
import { button, field, form, hidden } from './views/form.ts';
import { heading, notice } from './views/pieces.ts';

const signInFields = z.object({ email: emailField, password: passwordField });
const codeFields = z.object({ code: codeField });

const NOTICES: Record<string, string> = {
  password_changed: 'Your password is changed. Sign in with the new one.',
  signed_out: 'You are signed out.',
  code_expired: 'That took a little long. Sign in again.',
};

export function createSignInRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();

  async function showSignIn(request: Request, response: Response, state: FormState, returnTo: string): Promise<void> {
    const told = NOTICES[String(request.query.notice)];
    const signUp = await signUpIsOpen(dependencies);
    renderPage(response, {
      title: 'Sign in',
      status: state.status,
      body: html`${heading('Sign in', returnTo.startsWith('/oauth/') ? 'to connect an app to your organization.' : undefined)}
${state === UNTOUCHED && told !== undefined && notice('success', told)}
${!(await isSetUp(dependencies)) && notice('info', 'This installation is not set up yet. Open the set-up link that was printed at its start.')}
${problemNotice(state)}
${form({
  action: '/sign-in',
  csrfToken: await csrfTokenForVisitor(dependencies, request, response),
  body: [
    hidden('return_to', returnTo),
    field({
      name: 'email',
      label: 'E-mail',
      type: 'email',
      value: state.values.email,
      error: state.errors.email,
      autocomplete: 'username',
      autofocus: state.values.email === undefined,
    }),
    field({
      name: 'password',
      label: 'Password',
      type: 'password',
      error: state.errors.password,
      autocomplete: 'current-password',
      autofocus: state.values.email !== undefined,
    }),
    button({ label: 'Sign in' }),
  ],
})}
<div class="card-foot"><p><a href="/forgot-password">Forgot your password?</a></p>${signUp && html`<p>New here? <a href="/sign-up">Create an account</a></p>`}</div>`,
    });
  }

  async function showCode(request: Request, response: Response, state: FormState, returnTo: string): Promise<void> {
    renderPage(response, {
      title: 'Enter your code',
      status: state.status,
      body: html`${heading('Enter your code', 'Open your authenticator app and enter the six digits that it shows for AgentGateway.')}
${problemNotice(state)}
${form({
  action: '/sign-in/code',
  csrfToken: await csrfTokenForVisitor(dependencies, request, response),
  body: [
    hidden('return_to', returnTo),
    field({
      name: 'code',
      label: 'Code',
      error: state.errors.code,
      autocomplete: 'one-time-code',
      autofocus: true,
      hint: 'Without your phone, enter one of your recovery codes.',
    }),
    button({ label: 'Continue' }),
  ],
})}
<div class="card-foot"><p><a href="/sign-in">Start over</a></p></div>`,
    });
  }

  router.get('/sign-in', async (request, response) => {
    const returnTo = localPath(request.query.return_to);
    if ((await findSession(dependencies, request)) !== null) return response.redirect(303, returnTo);
    return showSignIn(request, response, UNTOUCHED, returnTo);
  });

  router.post('/sign-in', async (request, response) => {
    await requireCsrf(dependencies, request, null);
    const returnTo = localPath(typed(request).return_to);
    try {
      const fields = readFields(signInFields, request);
      const visitor = visitorOf(request);
      const signedIn = await signIn(dependencies, { ...fields, visitor, requestId: requestIdOf(response) });
      if (signedIn.kind === 'code') {
        setCookie(dependencies.config, response, 'code', signedIn.ticket, CODE_MINUTES * 60);
        return response.redirect(303, `/sign-in/code?${new URLSearchParams({ return_to: returnTo })}`);
      }
      await startSession(dependencies, request, response, signedIn.presented);
      return response.redirect(303, returnTo);
    } catch (error) {
      return showSignIn(request, response, refusedForm(request, error), returnTo);
    }
  });

  router.get('/sign-in/code', async (request, response) => {
    if (readCookie(dependencies.config, request, 'code') === undefined) return response.redirect(303, '/sign-in');
    return showCode(request, response, UNTOUCHED, localPath(request.query.return_to));
  });

  router.post('/sign-in/code', async (request, response) => {
    await requireCsrf(dependencies, request, null);
    const returnTo = localPath(typed(request).return_to);
    try {
      const { code } = readFields(codeFields, request);
      const ticket = readCookie(dependencies.config, request, 'code') ?? '';
      const visitor = visitorOf(request);
      const presented = await signInWithCode(dependencies, { ticket, code, visitor, requestId: requestIdOf(response) });
      if (presented === null) return response.redirect(303, '/sign-in?notice=code_expired');
      await startSession(dependencies, request, response, presented);
      return response.redirect(303, returnTo);
    } catch (error) {
      return showCode(request, response, refusedForm(request, error), returnTo);
    }
  });

  router.post('/sign-out', async (request, response) => {
    const { session, requestId } = await requireSession(dependencies, request, response);
    await endSession(dependencies, { id: session.id, personId: session.person.id });
    await auditAccount(dependencies, session.person, { action: 'sign_out', requestId });
    clearCookie(dependencies.config, response, 'session');
    clearCookie(dependencies.config, response, 'organization');
    return response.redirect(303, '/sign-in?notice=signed_out');
  });

  return router;
}
