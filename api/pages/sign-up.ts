import express, { type Request, type Response } from 'express';
import { z } from 'zod';
import type { Dependencies } from '../../core/dependencies.ts';
import { PublicError } from '../../core/errors.ts';
import { openSession } from '../../core/services/sign-in.ts';
import { signUp, signUpIsOpen } from '../../core/services/sign-up.ts';
import { csrfTokenForVisitor, requireCsrf } from '../sessions/csrf.ts';
import { startSession } from '../sessions/start-session.ts';
import { requestIdOf } from '../sessions/visit.ts';
import { emailField, organizationField, passwordField, personNameField } from './fields.ts';
import { type FormState, problemNotice, readFields, refusedForm, UNTOUCHED, visitorOf } from './form-input.ts';
import { html } from './html.ts';
import { renderPage } from './layout.ts';
import { accountFields, organizationNameField } from './new-account.ts';
import { button, form } from './views/form.ts';
import { heading } from './views/pieces.ts';

const signUpFields = z.object({
  organization: organizationField,
  name: personNameField,
  email: emailField,
  password: passwordField,
});

export function createSignUpRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();

  async function show(request: Request, response: Response, state: FormState): Promise<void> {
    if (!(await signUpIsOpen(dependencies))) {
      throw new PublicError(
        'forbidden',
        'Accounts are made by invitation here. Ask an admin of your organization for one.',
      );
    }
    renderPage(response, {
      title: 'Create an account',
      status: state.status,
      body: html`${heading('Create an account', 'You will be the admin of a new organization.')}
${problemNotice(state)}
${form({
  action: '/sign-up',
  csrfToken: await csrfTokenForVisitor(dependencies, request, response),
  body: [organizationNameField(state), accountFields(state, { withEmail: true }), button({ label: 'Create account' })],
})}
<div class="card-foot"><p>Have an account? <a href="/sign-in">Sign in</a></p></div>`,
    });
  }

  router.get('/sign-up', (request, response) => show(request, response, UNTOUCHED));

  router.post('/sign-up', async (request, response) => {
    await requireCsrf(dependencies, request, null);
    try {
      const fields = readFields(signUpFields, request);
      const requestId = requestIdOf(response);
      const visitor = visitorOf(request);
      const person = await signUp(dependencies, { ...fields, requestId, address: visitor.address });
      const presented = await openSession(dependencies, person, { visitor, requestId });
      await startSession(dependencies, request, response, presented);
      return response.redirect(303, '/');
    } catch (error) {
      return show(request, response, refusedForm(request, error));
    }
  });

  return router;
}
