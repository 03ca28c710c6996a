import express, { type Request, type Response } from 'express';
import { z } from 'zod';
import type { Dependencies } from '../../core/dependencies.ts';
import {
  acceptInvitation,
  findInvitation,
  INVITATION_DAYS,
  type OpenInvitation,
} from '../../core/services/invitations.ts';
import { hashNewPassword } from '../../core/services/people.ts';
import { openSession } from '../../core/services/sign-in.ts';
import { csrfTokenFor, csrfTokenForVisitor, requireCsrf } from '../sessions/csrf.ts';
import { findSession, type SessionWithPerson } from '../sessions/find-session.ts';
import { startSession } from '../sessions/start-session.ts';
import { requestIdOf } from '../sessions/visit.ts';
import { passwordField, personNameField } from './fields.ts';
import { type FormState, problemNotice, readFields, refusedForm, UNTOUCHED, visitorOf } from './form-input.ts';
import { type Html, html } from './html.ts';
import { renderPage } from './layout.ts';
import { accountFields } from './new-account.ts';
import { renderDeadLink } from './page-errors.ts';
import { button, form, linkButton } from './views/form.ts';
import { heading } from './views/pieces.ts';

const inviteeFields = z.object({ name: personNameField, password: passwordField });

export function createInvitationRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();

  function signInLink(request: Request): string {
    return `/sign-in?${new URLSearchParams({ return_to: request.originalUrl })}`;
  }

  async function joinForm(request: Request, session: SessionWithPerson, name: string): Promise<Html> {
    return html`${form({
      action: request.originalUrl,
      csrfToken: await csrfTokenFor(dependencies, session),
      body: button({ label: `Join ${name}` }),
    })}<div class="card-foot"><p>You are signed in as ${session.person.email}. To join as somebody else, sign out first.</p></div>`;
  }

  async function newAccountForm(request: Request, response: Response, state: FormState): Promise<Html> {
    return html`${form({
      action: request.originalUrl,
      csrfToken: await csrfTokenForVisitor(dependencies, request, response),
      body: [accountFields(state, { withEmail: false }), button({ label: 'Create account and join' })],
    })}<div class="card-foot"><p>Have an account under another address? <a href="${signInLink(request)}">Sign in</a></p></div>`;
  }

  async function show(request: Request, response: Response, state: FormState): Promise<void> {
    const invitation = await findInvitation(dependencies, String(request.params.link));
    if (invitation === null) {
      return renderDeadLink(
        response,
        `An invitation works once, within ${INVITATION_DAYS} days, until it is withdrawn. Ask the person who invited you for a new one.`,
      );
    }
    const session = await findSession(dependencies, request);
    const { organizationName, email, role, hasAccount } = invitation;
    const ways = async () => {
      if (session !== null) return joinForm(request, session, organizationName);
      return hasAccount ? linkButton('Sign in to join', signInLink(request)) : newAccountForm(request, response, state);
    };
    renderPage(response, {
      title: `Join ${organizationName}`,
      status: state.status,
      body: html`${heading(`Join ${organizationName}`, html`<strong>${email}</strong> is invited as <strong>${role}</strong>.`)}
${problemNotice(state)}
${await ways()}`,
    });
  }

  /** Somebody new gets an account and a session; whoever is signed in joins as they are. */
  async function join(request: Request, response: Response, invitation: OpenInvitation): Promise<void> {
    const requestId = requestIdOf(response);
    const session = await findSession(dependencies, request);
    if (session !== null) {
      await acceptInvitation(dependencies, { invitation, invitee: session.person, requestId });
      return;
    }
    const { name, password } = readFields(inviteeFields, request);
    const passwordHash = await hashNewPassword(password, invitation.email);
    const person = await acceptInvitation(dependencies, { invitation, invitee: { name, passwordHash }, requestId });
    const presented = await openSession(dependencies, person, { visitor: visitorOf(request), requestId });
    await startSession(dependencies, request, response, presented);
  }

  router.get('/invitations/:link', (request, response) => show(request, response, UNTOUCHED));

  router.post('/invitations/:link', async (request, response) => {
    await requireCsrf(dependencies, request, await findSession(dependencies, request));
    try {
      const invitation = await findInvitation(dependencies, request.params.link);
      if (invitation === null) return await show(request, response, UNTOUCHED);
      await join(request, response, invitation);
      return response.redirect(303, `/?organization=${invitation.organizationId}`);
    } catch (error) {
      return show(request, response, refusedForm(request, error));
    }
  });

  return router;
}
