import express, { type Request, type Response } from 'express';
import { z } from 'zod';
import type { Dependencies } from '../../core/dependencies.ts';
import { completeSetup, setupLinkIsGood } from '../../core/services/setup.ts';
import { openSession } from '../../core/services/sign-in.ts';
import { paths } from '../../dashboard/paths.ts';
import { csrfTokenForVisitor, requireCsrf } from '../sessions/csrf.ts';
import { startSession } from '../sessions/start-session.ts';
import { requestIdOf } from '../sessions/visit.ts';
import { emailField, organizationField, passwordField } from './fields.ts';
import { type FormState, problemNotice, readFields, refusedForm, UNTOUCHED, visitorOf } from './form-input.ts';
import { html } from './html.ts';
import { renderPage } from './layout.ts';
import { accountFields, organizationNameField } from './new-account.ts';
import { renderDeadLink } from './page-errors.ts';
import { button, form } from './views/form.ts';
import { heading } from './views/pieces.ts';

const setupFields = z.object({
  organization: organizationField,
  name: z.string().trim().max(100, 'Use at most 100 characters.').optional(),
  email: emailField,
  password: passwordField,
});

export function createSetupRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();

  async function show(request: Request, response: Response, state: FormState): Promise<void> {
    if (!(await setupLinkIsGood(dependencies, String(request.params.link)))) {
      return renderDeadLink(
        response,
        'This set-up link was used already, or a newer one took its place. If the installation is set up, sign in; otherwise open the link that its last start printed.',
      );
    }
    renderPage(response, {
      title: 'Set up AgentGateway',
      status: state.status,
      body: html`${heading('Set up AgentGateway', 'Create the first organization and your account, its admin.')}
${problemNotice(state)}
${form({
  action: request.originalUrl,
  csrfToken: await csrfTokenForVisitor(dependencies, request, response),
  body: [
    organizationNameField(state),
    accountFields(state, { withEmail: true, nameOptional: true }),
    button({ label: 'Create organization' }),
  ],
})}`,
    });
  }

  router.get('/setup/:link', (request, response) => show(request, response, UNTOUCHED));

  router.post('/setup/:link', async (request, response) => {
    await requireCsrf(dependencies, request, null);
    try {
      const fields = readFields(setupFields, request);
      const requestId = requestIdOf(response);
      const name = fields.name || fields.email.slice(0, fields.email.indexOf('@'));
      const admin = await completeSetup(dependencies, request.params.link, { ...fields, name, requestId });
      const presented = await openSession(dependencies, admin, { visitor: visitorOf(request), requestId });
      await startSession(dependencies, request, response, presented);
      return response.redirect(303, paths.welcome);
    } catch (error) {
      return show(request, response, refusedForm(request, error));
    }
  });

  return router;
}
