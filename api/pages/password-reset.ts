import express, { type Request, type Response } from 'express';
import { z } from 'zod';
import type { Dependencies } from '../../core/dependencies.ts';
import { canSendMail } from '../../core/services/mail.ts';
import { findReset, mailResetLink, RESET_MINUTES, resetPassword } from '../../core/services/password-resets.ts';
import { csrfTokenForVisitor, requireCsrf } from '../sessions/csrf.ts';
import { requestIdOf } from '../sessions/visit.ts';
import { emailField, PASSWORD_HINT, passwordField } from './fields.ts';
import { type FormState, problemNotice, readFields, refusedForm, UNTOUCHED, visitorOf } from './form-input.ts';
import { html } from './html.ts';
import { renderPage } from './layout.ts';
import { renderDeadLink } from './page-errors.ts';
import { button, field, form, linkButton } from './views/form.ts';
import { code, heading } from './views/pieces.ts';

const forgotFields = z.object({ email: emailField });
const resetFields = z.object({ password: passwordField });

export function createPasswordResetRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();

  async function showForgot(request: Request, response: Response, state: FormState): Promise<void> {
    if (!canSendMail(dependencies)) {
      return renderPage(response, {
        title: 'Forgot your password',
        body: html`${heading('Forgot your password?', 'This installation sends no mail. Ask the person who runs it for a reset link; they make one with:')}
<p>${code('npm run reset-password -- you@example.com')}</p>
${linkButton('Back to sign-in', '/sign-in', 'secondary')}`,
      });
    }
    renderPage(response, {
      title: 'Forgot your password',
      status: state.status,
      body: html`${heading('Forgot your password?', 'Enter your e-mail address, and we will send you a link to choose a new one.')}
${problemNotice(state)}
${form({
  action: '/forgot-password',
  csrfToken: await csrfTokenForVisitor(dependencies, request, response),
  body: [
    field({
      name: 'email',
      label: 'E-mail',
      type: 'email',
      value: state.values.email,
      error: state.errors.email,
      autocomplete: 'username',
      autofocus: true,
    }),
    button({ label: 'Send link' }),
  ],
})}
<div class="card-foot"><p><a href="/sign-in">Back to sign-in</a></p></div>`,
    });
  }

  async function showReset(request: Request, response: Response, state: FormState): Promise<void> {
    const reset = await findReset(dependencies, String(request.params.link));
    if (reset === null) {
      return renderDeadLink(
        response,
        `A reset link works once, within ${RESET_MINUTES} minutes. Ask for a new one on the sign-in page.`,
      );
    }
    renderPage(response, {
      title: 'Choose a new password',
      status: state.status,
      body: html`${heading('Choose a new password', html`For <strong>${reset.email}</strong>. Every device that is signed in will be signed out.`)}
${problemNotice(state)}
${form({
  action: request.originalUrl,
  csrfToken: await csrfTokenForVisitor(dependencies, request, response),
  body: [
    field({
      name: 'password',
      label: 'New password',
      type: 'password',
      error: state.errors.password,
      autocomplete: 'new-password',
      hint: PASSWORD_HINT,
      autofocus: true,
    }),
    button({ label: 'Change password' }),
  ],
})}`,
    });
  }

  router.get('/forgot-password', (request, response) => showForgot(request, response, UNTOUCHED));

  router.post('/forgot-password', async (request, response) => {
    await requireCsrf(dependencies, request, null);
    try {
      const { email } = readFields(forgotFields, request);
      mailResetLink(dependencies, email);
      return renderPage(response, {
        title: 'Look into your mail',
        body: html`${heading('Look into your mail', html`If <strong>${email}</strong> has an account, a link is on its way. It works once, within ${RESET_MINUTES} minutes.`)}
${linkButton('Back to sign-in', '/sign-in', 'secondary')}`,
      });
    } catch (error) {
      return showForgot(request, response, refusedForm(request, error));
    }
  });

  router.get('/reset-password/:link', (request, response) => showReset(request, response, UNTOUCHED));

  router.post('/reset-password/:link', async (request, response) => {
    await requireCsrf(dependencies, request, null);
    try {
      const { password } = readFields(resetFields, request);
      const { address } = visitorOf(request);
      const requestId = requestIdOf(response);
      await resetPassword(dependencies, { presented: request.params.link, password, address, requestId });
      return response.redirect(303, '/sign-in?notice=password_changed');
    } catch (error) {
      return showReset(request, response, refusedForm(request, error));
    }
  });

  return router;
}
