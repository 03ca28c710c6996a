import express, { type Request, type Response } from 'express';
import { z } from 'zod';
import type { Dependencies } from '../../../core/dependencies.ts';
import { connectedAppView } from '../../../core/operations/connected-app-views.ts';
import { longRunningAnswer } from '../../../core/operations/views.ts';
import { areaChoices, chosenScopes } from '../../oauth/consent-choices.ts';
import { areaRow } from '../../oauth/consent-fields.ts';
import { linkIn, type MemberVisit, requireMember } from '../../sessions/visit.ts';
import { run } from '../dashboard/run.ts';
import { type FormState, problemNotice, refusedForm, typed, UNTOUCHED } from '../form-input.ts';
import { type Html, html } from '../html.ts';
import { confirmButton } from '../views/confirm.ts';
import { button, form } from '../views/form.ts';
import { notice, panel, table, time } from '../views/pieces.ts';
import { accessText, clientText } from './app-words.ts';
import { CONNECTED_APPS_PATH } from './connected-apps.ts';
import { renderSettings } from './settings-page.ts';

type ConnectedApp = z.output<typeof connectedAppView>;

const PATH = `${CONNECTED_APPS_PATH}/:app`;
const answer = z.object({ app: connectedAppView });

/** `/settings/connected-apps/{app}`: what an app may do, from where it was connected, and less of both. */
export function createConnectedAppRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();

  async function show(request: Request, response: Response, visit: MemberVisit, state: FormState = UNTOUCHED) {
    const { app } = await run(dependencies, visit, 'get_connected_app', { app: request.params.app }, answer);
    renderSettings(response, visit, {
      tab: 'connected-apps',
      title: app.name,
      text: html`${clientText(app)}, acts for ${app.person.email}`,
      status: state.status,
      body: [
        request.query.notice === 'narrowed' &&
          notice('success', 'It is narrowed. That holds from its next request on.'),
        accessPanel(visit, app, state),
        grantsPanel(visit, app),
        revokePanel(visit, app),
      ],
    });
  }

  router.get(PATH, async (request: Request, response: Response) => {
    await show(request, response, await requireMember(dependencies, request, response));
  });

  router.post(`${PATH}/access`, async (request: Request, response: Response) => {
    const visit = await requireMember(dependencies, request, response);
    const { app } = await run(dependencies, visit, 'get_connected_app', { app: request.params.app }, answer);
    const { access, ...levels } = typed(request);
    const reading = app.scopes.filter((scope) => scope.endsWith(':read'));
    const scopes = access === 'read' ? reading : chosenScopes(choicesOf(app), levels);
    const input = { app: app.id, scopes };
    try {
      await run(dependencies, visit, 'update_connected_app', input, answer);
    } catch (error) {
      const refused = refusedForm(request, error);
      const problem = refused.problem ?? 'Leave it at least one area, or revoke it.';
      return show(request, response, visit, { ...refused, problem });
    }
    return response.redirect(303, linkIn(visit, `${CONNECTED_APPS_PATH}/${app.id}?notice=narrowed`));
  });

  router.post(`${PATH}/revoke`, async (request: Request, response: Response) => {
    const visit = await requireMember(dependencies, request, response);
    const { grant } = typed(request);
    const input = { app: request.params.app, ...(grant !== undefined && { grant }) };
    const { operation_id } = await run(dependencies, visit, 'revoke_connected_app', input, longRunningAnswer);
    response.redirect(303, linkIn(visit, `${CONNECTED_APPS_PATH}?revoked=${operation_id}`));
  });

  return router;
}

/** The levels up to what it has: the role does not matter, since nothing is given. */
function choicesOf(app: ConnectedApp) {
  return areaChoices(new Set(app.scopes), 'admin', false);
}

function accessPanel(visit: MemberVisit, app: ConnectedApp, state: FormState): Html {
  const writes = app.scopes.some((scope) => scope.endsWith(':write'));
  const whyNot = 'It was not granted: only a new consent gives it';
  return panel({
    title: 'Access',
    text: 'Take away what it need not do. To give it more, connect it again from the app.',
    body: [
      problemNotice(state),
      form({
        action: linkIn(visit, `${CONNECTED_APPS_PATH}/${app.id}/access`),
        csrfToken: visit.csrfToken,
        body: [
          html`<div class="areas">${choicesOf(app).map((choice) => areaRow(choice, { role: whyNot, request: whyNot }))}</div>`,
          html`<div class="buttons">${button({ label: 'Narrow access', kind: 'secondary' })}${
            writes && button({ label: 'Read only', kind: 'quiet', name: 'access', value: 'read' })
          }</div>`,
        ],
      }),
    ],
  });
}

function grantsPanel(visit: MemberVisit, app: ConnectedApp): Html {
  return panel({
    title: 'Connections',
    text: 'Each time it was allowed on the consent page, on each device, it got a grant of its own.',
    body: table({
      caption: 'Grants',
      columns: ['Connected', 'Last used', 'Access', 'Calls this week', 'Under way', ''],
      rows: app.grants.map((grant) => [
        time(new Date(grant.created_at)),
        grant.last_used_at === null ? 'never' : time(new Date(grant.last_used_at)),
        html`<small>${accessText(grant.scopes)}</small>${writingEnd(grant)}`,
        grant.calls_this_week,
        grant.operations_under_way,
        app.grants.length > 1 &&
          confirmButton({
            label: 'Revoke',
            question: 'End this one? The others stay connected.',
            action: linkIn(visit, `${CONNECTED_APPS_PATH}/${app.id}/revoke`),
            csrfToken: visit.csrfToken,
            fields: { grant: grant.id },
          }),
      ]),
    }),
  });
}

/** When a time to write is set. */
function writingEnd({ writes_until: end }: ConnectedApp['grants'][number]): Html | null {
  return end === null ? null : html`<small>writes until ${time(new Date(end))}</small>`;
}

function revokePanel(visit: MemberVisit, app: ConnectedApp): Html {
  return panel({
    title: 'Revoke',
    text: 'Its tokens are refused at once. What it asked for and has not begun is cancelled; what has begun goes on in the person’s name.',
    body: confirmButton({
      label: `Revoke ${app.name}`,
      question: 'It has to be connected again afterwards.',
      action: linkIn(visit, `${CONNECTED_APPS_PATH}/${app.id}/revoke`),
      csrfToken: visit.csrfToken,
      answer: 'Revoke',
    }),
  });
}
