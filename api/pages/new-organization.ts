import express, { type Request, type Response } from 'express';
import { z } from 'zod';
import type { Dependencies } from '../../core/dependencies.ts';
import { createOrganization, mayCreateOrganization } from '../../core/services/organizations.ts';
import { paths } from '../../dashboard/paths.ts';
import { requireSession, type Visit } from '../sessions/visit.ts';
import { organizationField } from './fields.ts';
import { type FormState, problemNotice, readFields, refusedForm, UNTOUCHED } from './form-input.ts';
import { html } from './html.ts';
import { renderPage } from './layout.ts';
import { organizationNameField } from './new-account.ts';
import { button, form } from './views/form.ts';
import { heading } from './views/pieces.ts';

const organizationFields = z.object({ organization: organizationField });

export function createNewOrganizationRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();

  /** Who belongs to none, and may not make one, can only wait or sign out. */
  function showNone(response: Response, { csrfToken, session }: Visit): void {
    renderPage(response, {
      title: 'No organization',
      status: 403,
      body: html`${heading('No organization', html`<strong>${session.person.email}</strong> belongs to no organization any more. Ask an admin for an invitation.`)}
${form({ action: '/sign-out', csrfToken, body: button({ label: 'Sign out', kind: 'secondary' }) })}`,
    });
  }

  function show(response: Response, { csrfToken, session, memberships }: Visit, state: FormState): void {
    renderPage(response, {
      title: 'New organization',
      status: state.status,
      body: html`${heading('New organization', 'It has its own agents, credentials, members and logs; nothing is shared. You will be its admin.')}
${problemNotice(state)}
${form({ action: '/organizations/new', csrfToken, body: [organizationNameField(state), button({ label: 'Create organization' })] })}
<div class="card-foot"><p>Signed in as ${session.person.email}.${memberships.length > 0 && html` <a href="/">Back</a>`}</p></div>`,
    });
  }

  router.get('/organizations/new', async (request: Request, response: Response) => {
    const visit = await requireSession(dependencies, request, response);
    if (mayCreateOrganization(dependencies, visit.memberships)) show(response, visit, UNTOUCHED);
    else showNone(response, visit);
  });

  router.post('/organizations/new', async (request: Request, response: Response) => {
    const visit = await requireSession(dependencies, request, response);
    if (!mayCreateOrganization(dependencies, visit.memberships)) return showNone(response, visit);
    try {
      const { organization } = readFields(organizationFields, request);
      const { session, requestId } = visit;
      const id = await createOrganization(dependencies, { name: organization, admin: session.person, requestId });
      return response.redirect(303, `${paths.welcome}?organization=${id}`);
    } catch (error) {
      return show(response, visit, refusedForm(request, error));
    }
  });

  return router;
}
