import express, { type Request, type Response } from 'express';
import type { Dependencies } from '../../../core/dependencies.ts';
import { apiTokenScopesOfRole } from '../../../core/domain/scopes.ts';
import { createApiToken } from '../../../core/operations/create-api-token.ts';
import { invoke } from '../../../core/operations/invoke.ts';
import { listApiTokens } from '../../../core/operations/list-api-tokens.ts';
import { revokeApiToken } from '../../../core/operations/revoke-api-token.ts';
import type { ApiTokenJson } from '../../../core/services/api-tokens.ts';
import { isFresh } from '../../../core/services/sessions.ts';
import { linkIn, type MemberVisit, requireFresh, requireMember } from '../../sessions/visit.ts';
import { type FormState, problemNotice, refusedForm, typed, UNTOUCHED } from '../form-input.ts';
import { type Html, html } from '../html.ts';
import { confirmButton } from '../views/confirm.ts';
import { button, field, form, linkButton, select } from '../views/form.ts';
import { code, emptyState, notice, panel, table, time } from '../views/pieces.ts';
import { renderSettings } from './settings-page.ts';

const DURATIONS = [
  { value: '30', label: '30 days' },
  { value: '90', label: '90 days' },
  { value: '365', label: '1 year' },
  { value: 'never', label: 'Until it is revoked' },
];

/** The form's choice as `expires_at`. */
function endAfter(days: string | undefined): string | null {
  return days === 'never' || days === undefined ? null : new Date(Date.now() + Number(days) * 86_400_000).toISOString();
}

function chosenScopes(request: Request): string[] {
  const scopes: unknown = request.body?.scopes ?? [];
  return (Array.isArray(scopes) ? scopes : [scopes]).filter((scope) => typeof scope === 'string');
}

function scopeChoices(visit: MemberVisit, chosen: string[], error: string | undefined): Html {
  return html`<fieldset class="${error === undefined ? 'field' : 'field wrong'}"><legend>Scopes</legend><div class="choices">${apiTokenScopesOfRole(
    visit.organization.role,
  ).map(
    (scope) =>
      html`<label class="choice"><input type="checkbox" name="scopes" value="${scope}"${chosen.includes(scope) && html` checked`}><span>${scope}</span></label>`,
  )}</div>${error !== undefined && html`<p class="error">Scopes: ${error}.</p>`}</fieldset>`;
}

function createPanel(visit: MemberVisit, state: FormState, chosen: string[]): Html {
  const title = 'New API token';
  const text = 'It acts with your role as it is at each call, within these scopes.';
  if (!isFresh(visit.session)) {
    const returnTo = new URLSearchParams({ return_to: linkIn(visit, '/settings/api-tokens') });
    const body = html`<div class="buttons">${linkButton('Confirm that it is you', `/reauthenticate?${returnTo}`, 'secondary')}</div>`;
    return panel({ title, text: 'Making one asks for your password again.', body });
  }
  const { values, errors } = state;
  return panel({
    title,
    text,
    body: [
      problemNotice(state),
      form({
        action: linkIn(visit, '/settings/api-tokens'),
        csrfToken: visit.csrfToken,
        body: [
          field({
            name: 'name',
            label: 'Name',
            value: values.name,
            error: errors.name,
            autocomplete: 'off',
            hint: 'What will use it, such as "deploy script".',
          }),
          scopeChoices(visit, chosen, errors.scopes),
          select({
            name: 'days',
            label: 'Ends',
            value: values.days ?? '90',
            choices: DURATIONS,
            error: errors.expires_at,
          }),
          button({ label: 'Create API token' }),
        ],
      }),
    ],
  });
}

function listPanel(visit: MemberVisit, apiTokens: ApiTokenJson[]): Html {
  if (apiTokens.length === 0) {
    return emptyState({
      title: 'No API tokens yet',
      text: 'Scripts and CI call the REST API with an API token. Make the first one below.',
    });
  }
  return panel({
    title: visit.organization.role === 'admin' ? 'API tokens of everybody' : 'Your API tokens',
    body: table({
      caption: 'API tokens',
      columns: ['Name', 'Scopes', 'Last used', 'Ends', ''],
      rows: apiTokens.map(
        ({ id, name, fingerprint, maker, scopes, last_used_at: lastUsedAt, expires_at: expiresAt }) => [
          html`<strong>${name}</strong><small>${code(fingerprint)} ${maker}</small>`,
          html`<small>${scopes.join(', ')}</small>`,
          lastUsedAt === null ? 'Never' : time(new Date(lastUsedAt)),
          expiresAt === null ? 'When revoked' : time(new Date(expiresAt)),
          confirmButton({
            label: 'Revoke',
            question: `Revoke "${name}"? Whatever uses it is refused at once.`,
            action: linkIn(visit, `/settings/api-tokens/${id}/revoke`),
            csrfToken: visit.csrfToken,
          }),
        ],
      ),
    }),
  });
}

function valuePanel(name: string, value: string): Html {
  return panel({
    title: `Your new API token "${name}"`,
    text: 'One click selects all of it; then copy. It is shown only now: only a hash of it is kept.',
    body: html`<output class="shown-once" id="secret">${value}</output>`,
  });
}

export function createApiTokensRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();

  async function show(
    request: Request,
    response: Response,
    visit: MemberVisit,
    { state = UNTOUCHED, first }: { state?: FormState; first?: Html } = {},
  ): Promise<void> {
    const listed = await invoke(listApiTokens, { caller: visit.caller, input: { limit: 200 } }, dependencies);
    renderSettings(response, visit, {
      tab: 'api-tokens',
      title: 'API tokens',
      text: html`For scripts that manage <strong>${visit.organization.organizationName}</strong> over the REST API.`,
      status: state.status,
      body: [
        request.query.notice === 'revoked' && notice('success', 'The API token is revoked.'),
        first,
        listPanel(visit, listed.items as ApiTokenJson[]),
        createPanel(visit, state, state === UNTOUCHED ? [] : chosenScopes(request)),
      ],
    });
  }

  router.get('/settings/api-tokens', async (request: Request, response: Response) => {
    await show(request, response, await requireMember(dependencies, request, response));
  });

  router.post('/settings/api-tokens', async (request: Request, response: Response) => {
    const visit = await requireMember(dependencies, request, response);
    requireFresh(visit, linkIn(visit, '/settings/api-tokens'));
    const { name, days } = typed(request);
    const input = { name, scopes: chosenScopes(request), expires_at: endAfter(days) };
    try {
      const { value } = await invoke(createApiToken, { caller: visit.caller, input }, dependencies);
      return await show(request, response, visit, { first: valuePanel(String(name), String(value)) });
    } catch (error) {
      return show(request, response, visit, { state: refusedForm(request, error) });
    }
  });

  router.post('/settings/api-tokens/:token/revoke', async (request: Request, response: Response) => {
    const visit = await requireMember(dependencies, request, response);
    await invoke(revokeApiToken, { caller: visit.caller, input: { api_token: request.params.token } }, dependencies);
    return response.redirect(303, linkIn(visit, '/settings/api-tokens?notice=revoked'));
  });

  return router;
}
