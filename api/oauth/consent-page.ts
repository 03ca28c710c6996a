import type { Response } from 'express';
import type { PersonMembership } from '../../core/services/memberships.ts';
import { type Html, html } from '../pages/html.ts';
import { renderPage } from '../pages/layout.ts';
import { button, form, hidden } from '../pages/views/form.ts';
import { heading, notice } from '../pages/views/pieces.ts';
import type { Visit } from '../sessions/visit.ts';
import type { AreaChoice } from './consent-choices.ts';
import type { ConsentClient } from './consent-client.ts';
import { accessFields } from './consent-fields.ts';

export interface ConsentRequest {
  path: string;
  visit: Visit;
  client: ConsentClient;
}

interface ConsentForm {
  organization: PersonMembership;
  choices: AreaChoice[];
  error?: string;
}

export function renderConsent(response: Response, request: ConsentRequest, given: ConsentForm): void {
  const { client, visit, path } = request;
  const { organization, choices, error } = given;
  const title = `Connect ${client.name}`;
  renderPage(response, {
    title,
    wide: true,
    ...(error !== undefined && { status: 422 }),
    formTargets: [client.redirectTarget],
    body: html`${organizationSwitcher(request, organization)}
${heading(title, html`It asks for access to <strong>${organization.organizationName}</strong>.`)}
${error !== undefined && notice('error', error)}
${client.returnsToLoopback && loopbackWarning()}
${clientFacts(request)}
${form({
  action: path,
  csrfToken: visit.csrfToken,
  body: html`${hidden('organization', organization.organizationId)}
${accessFields({ path, organization, choices })}
<p class="hint">It acts as you, with your role (${organization.role}), until you revoke it under Settings, Connected apps. Everything it does is in the audit log.</p>
<div class="buttons">${button({ label: 'Allow Access', name: 'decision', value: 'allow' })}${button({ label: 'Cancel', kind: 'secondary', name: 'decision', value: 'cancel', skipsChecks: true })}</div>`,
})}`,
  });
}

/** Links instead of a list in the form: what the page shows is always what "Allow Access" would give access to. */
function organizationSwitcher({ visit }: ConsentRequest, current: PersonMembership): Html {
  return html`<details class="menu consent-organization"><summary aria-label="Organization ${current.organizationName}"><span class="menu-name">${current.organizationName}</span></summary>
<div class="menu-list"><p class="menu-title">Give access to</p>${visit.memberships.map(
    ({ organizationId, organizationName, role }) =>
      html`<a href="?organization=${organizationId}"${
        organizationId === current.organizationId && html` aria-current="true"`
      }>${organizationName}<small>${role}</small></a>`,
  )}</div></details>`;
}

function loopbackWarning(): Html {
  return notice(
    'warning',
    'This app runs on your own computer, where any program could claim its name. Allow it only if you have just started connecting it yourself.',
  );
}

function clientFacts({ client, visit }: ConsentRequest): Html {
  return html`<dl class="facts">
<dt>App ID</dt><dd>${client.idHost === null ? 'registered by the app itself' : html`<code>${client.idHost}</code>`}</dd>
<dt>Returns to</dt><dd><code>${client.redirectHost}</code></dd>
<dt>Signed in as</dt><dd>${visit.session.person.email}</dd>
</dl>`;
}
