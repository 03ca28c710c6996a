import express, { type Request, type Response } from 'express';
import { z } from 'zod';
import type { Dependencies } from '../../../core/dependencies.ts';
import { auditAccount } from '../../../core/services/account-audit.ts';
import { changePassword, renamePerson } from '../../../core/services/people.ts';
import { endOtherSessions, endSession, listSessions } from '../../../core/services/sessions.ts';
import { hasTotp } from '../../../core/services/sign-in.ts';
import { linkIn, requireSession, type Visit } from '../../sessions/visit.ts';
import { PASSWORD_HINT, passwordField, personNameField } from '../fields.ts';
import { type FormState, problemNotice, readFields, refusedForm, UNTOUCHED, visitorOf } from '../form-input.ts';
import { type Html, html } from '../html.ts';
import { button, field, form, linkButton } from '../views/form.ts';
import { badge, notice, panel, table, time } from '../views/pieces.ts';
import { deviceName } from './device-name.ts';
import { renderSettings } from './settings-page.ts';

const nameFields = z.object({ name: personNameField });
const passwordFields = z.object({ present_password: passwordField, password: passwordField });

const NOTICES: Record<string, string> = {
  name: 'Your name is changed.',
  password: 'Your password is changed, and your other devices are signed out.',
  session: 'The device is signed out.',
  sessions: 'All other devices are signed out.',
  two_step_off: 'Two-step sign-in is off.',
};

function namePanel({ session, csrfToken }: Visit, { values, errors }: FormState): Html {
  return panel({
    title: 'Name',
    text: `You sign in as ${session.person.email}.`,
    body: form({
      action: '/settings/name',
      csrfToken,
      body: [
        field({
          name: 'name',
          label: 'Your name',
          value: values.name ?? session.person.name,
          error: errors.name,
          autocomplete: 'name',
        }),
        button({ label: 'Save', kind: 'secondary' }),
      ],
    }),
  });
}

function passwordPanel({ csrfToken }: Visit, state: FormState): Html {
  return panel({
    title: 'Password',
    text: 'Changing it signs out your other devices.',
    body: [
      problemNotice(state),
      form({
        action: '/settings/password',
        csrfToken,
        body: [
          field({
            name: 'present_password',
            label: 'Present password',
            type: 'password',
            error: state.errors.present_password,
            autocomplete: 'current-password',
          }),
          field({
            name: 'password',
            label: 'New password',
            type: 'password',
            error: state.errors.password,
            autocomplete: 'new-password',
            hint: PASSWORD_HINT,
          }),
          button({ label: 'Change password', kind: 'secondary' }),
        ],
      }),
    ],
  });
}

function twoStepPanel(on: boolean): Html {
  return panel({
    title: 'Two-step sign-in',
    text: 'After your password you enter a code from an authenticator app on your phone.',
    body: html`<div class="buttons">${on ? badge('On', 'success') : badge('Off')}${
      on
        ? linkButton('Turn off', '/settings/two-step/off', 'secondary')
        : linkButton('Set up', '/settings/two-step', 'secondary')
    }</div>`,
  });
}

export function createProfileRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();

  async function sessionsPanel({ session, csrfToken }: Visit): Promise<Html> {
    const sessions = await listSessions(dependencies, session.person.id);
    const endButton = (id: string) =>
      form({
        action: `/settings/sessions/${id}/end`,
        csrfToken,
        inline: true,
        body: button({ label: 'Sign out', kind: 'secondary' }),
      });
    return panel({
      title: 'Where you are signed in',
      text: 'A device is signed out after 14 days without use.',
      ...(sessions.length > 1 && {
        action: form({
          action: '/settings/sessions/end-others',
          csrfToken,
          inline: true,
          body: button({ label: 'Sign out all others', kind: 'secondary' }),
        }),
      }),
      body: table({
        caption: 'Devices',
        columns: ['Device', 'Address', 'Last used', 'Signed in', ''],
        rows: sessions.map(({ id, userAgent, address, lastSeenAt, createdAt }) => [
          html`<strong>${deviceName(userAgent)}</strong>`,
          address,
          time(lastSeenAt),
          time(createdAt),
          id === session.id ? badge('This device', 'success') : endButton(id),
        ]),
      }),
    });
  }

  async function show(
    request: Request,
    response: Response,
    visit: Visit,
    forms: { name?: FormState; password?: FormState },
  ): Promise<void> {
    const { name = UNTOUCHED, password = UNTOUCHED } = forms;
    const told = NOTICES[String(request.query.notice)];
    renderSettings(response, visit, {
      title: 'Your profile',
      status: Math.max(name.status, password.status),
      body: [
        told !== undefined && notice('success', told),
        namePanel(visit, name),
        passwordPanel(visit, password),
        twoStepPanel(await hasTotp(dependencies, visit.session.person.id)),
        await sessionsPanel(visit),
      ],
    });
  }

  const done = (response: Response, visit: Visit, what: string) =>
    response.redirect(303, linkIn(visit, `/settings/profile?notice=${what}`));

  router.get('/settings/profile', async (request: Request, response: Response) => {
    await show(request, response, await requireSession(dependencies, request, response), {});
  });

  router.post('/settings/name', async (request: Request, response: Response) => {
    const visit = await requireSession(dependencies, request, response);
    try {
      const { name } = readFields(nameFields, request);
      const { requestId, session } = visit;
      await renamePerson(dependencies, { person: session.person, name, requestId });
      return done(response, visit, 'name');
    } catch (error) {
      return show(request, response, visit, { name: refusedForm(request, error) });
    }
  });

  router.post('/settings/password', async (request: Request, response: Response) => {
    const visit = await requireSession(dependencies, request, response);
    const { id: sessionId, person } = visit.session;
    try {
      const { present_password: presentPassword, password } = readFields(passwordFields, request);
      const proof = { personId: person.id, sessionId, presentPassword, visitor: visitorOf(request) };
      await changePassword(dependencies, { ...proof, password, requestId: visit.requestId });
      return done(response, visit, 'password');
    } catch (error) {
      return show(request, response, visit, { password: refusedForm(request, error) });
    }
  });

  router.post('/settings/sessions/end-others', async (request: Request, response: Response) => {
    const visit = await requireSession(dependencies, request, response);
    await endOtherSessions(dependencies, visit.session, visit.requestId);
    return done(response, visit, 'sessions');
  });

  router.post('/settings/sessions/:session/end', async (request: Request, response: Response) => {
    const visit = await requireSession(dependencies, request, response);
    const { person } = visit.session;
    if (await endSession(dependencies, { id: String(request.params.session), personId: person.id })) {
      await auditAccount(dependencies, person, { action: 'end_session', requestId: visit.requestId });
    }
    return done(response, visit, 'session');
  });

  return router;
}
