import type { Response } from 'express';
import type { Area } from '../../core/domain/scopes.ts';
import type { PersonMembership } from '../../core/services/memberships.ts';
import { type Html, html } from '../pages/html.ts';
import { renderPage } from '../pages/layout.ts';
import { button, form, hidden, linkButton } from '../pages/views/form.ts';
import { heading, notice } from '../pages/views/pieces.ts';
import type { Visit } from '../sessions/visit.ts';
import { isLoopback } from './clients.ts';
import type { AreaChoice, Level } from './consent-choices.ts';

/** The app that asks, as the page tells of it. */
export interface ConsentClient {
  id: string;
  name: string;
  /** The host that vouches for the ID, or null where the app registered itself under any name it liked. */
  idHost: string | null;
  redirectHost: string;
  /** For the page's Content-Security-Policy: where the form's answer leads. */
  redirectTarget: string;
  /** This request returns to the person's own computer, whatever else the app registered. */
  returnsToLoopback: boolean;
}

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

const AREA_TEXTS: Record<Area, { label: string; text: string }> = {
  agents: { label: 'Agents', text: 'Agent relays, their keys and rate limits' },
  credentials: { label: 'Credentials', text: 'Names and settings; never a secret value' },
  audit: { label: 'Audit logs', text: 'Request logs and audit events' },
  alerts: { label: 'Alerts', text: 'Alert rules and alerts' },
  email: { label: 'Email', text: 'Threads, drafts and sending' },
  usage: { label: 'Usage', text: 'Usage, health and spend' },
};

const LEVEL_LABELS: Record<Level, string> = { none: 'None', read: 'Read', write: 'Read and write' };

/** @param redirectUri where this request leads back to */
export function describeClient(
  client: { clientId: string; clientName?: string | undefined },
  redirectUri: string,
): ConsentClient {
  const redirect = new URL(redirectUri);
  return {
    id: client.clientId,
    name: readableName(client.clientName),
    idHost: URL.parse(client.clientId)?.host ?? null,
    redirectHost: redirect.host === '' ? redirect.protocol : redirect.host,
    redirectTarget: redirectTarget(redirect),
    returnsToLoopback: isLoopback(redirectUri),
  };
}

/** An app chooses its name: nothing invisible, and nothing that turns the writing round, may stand in it. */
function readableName(name: string | undefined): string {
  const readable = (name ?? '').replace(/\p{C}/gu, '').trim().slice(0, 80);
  return readable === '' ? 'An app without a name' : readable;
}

/** CSP has no notation for an IPv6 host, nor an origin for a scheme of an app's own. */
function redirectTarget({ protocol, origin, hostname }: URL): string {
  return origin === 'null' || hostname.startsWith('[') ? protocol : origin;
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
${heading(title, html`<strong>${client.name}</strong> asks for access to <strong>${organization.organizationName}</strong>.`)}
${error !== undefined && notice('error', error)}
${client.returnsToLoopback && loopbackWarning()}
${clientFacts(request)}
${form({
  action: path,
  csrfToken: visit.csrfToken,
  body: html`${hidden('organization', organization.organizationId)}
${areasHead(request, given)}
<div class="areas">${choices.map(areaRow)}</div>
<p class="hint">It acts as you, with your role (${organization.role}), until you revoke it under Settings, Connected apps. Everything it does is in the audit log.</p>
<div class="buttons">${button({ label: 'Allow Access', name: 'decision', value: 'allow' })}${button({ label: 'Cancel', kind: 'secondary', name: 'decision', value: 'cancel', skipsChecks: true })}</div>`,
})}`,
  });
}

/** Who belongs to no organization cannot give access to one. */
export function renderNoMembership(response: Response, { client, visit, path }: ConsentRequest): void {
  renderPage(response, {
    title: `Connect ${client.name}`,
    status: 403,
    formTargets: [client.redirectTarget],
    body: html`${heading('You belong to no organization yet', html`${client.name} asks for access, but there is nothing to give access to. Ask an organization admin to invite ${visit.session.person.email}, or make an organization, then connect again.`)}
${linkButton('Make an organization', '/organizations/new')}
${form({ action: path, csrfToken: visit.csrfToken, body: button({ label: 'Cancel', kind: 'secondary', name: 'decision', value: 'cancel' }) })}`,
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

function areasHead({ path }: ConsentRequest, { organization, choices }: ConsentForm): Html {
  const levels = choices.flatMap((choice) => choice.levels);
  const mayWrite = levels.some(({ level, ruledOut }) => level === 'write' && ruledOut === null);
  const writes = choices.some(({ selected }) => selected === 'write');
  const query = new URLSearchParams({ organization: organization.organizationId, ...(writes && { access: 'read' }) });
  const texts = [
    levels.some(({ ruledOut }) => ruledOut === 'role') &&
      `Read and write needs role manager; you are ${organization.role}. Ask an organization admin.`,
    levels.some(({ ruledOut }) => ruledOut === 'request') && 'What the app did not ask for cannot be chosen.',
  ].filter((text) => text !== false);
  return html`<div class="areas-head"><h2>Access</h2>${
    mayWrite && html`<a href="${path}?${query.toString()}">${writes ? 'Read only' : 'Everything it asked for'}</a>`
  }</div>
${texts.length > 0 && html`<p class="hint areas-hint">${texts.join(' ')}</p>`}`;
}

const RULED_OUT_TEXTS = { role: 'Your role does not allow it', request: 'The app did not ask for it' };

function areaRow({ area, levels, selected }: AreaChoice): Html {
  const { label, text } = AREA_TEXTS[area];
  return html`<div class="area" role="radiogroup" aria-labelledby="name_${area}"><div class="area-name" id="name_${area}">${label}<small>${text}</small></div>
<div class="levels">${levels.map(
    ({ level, ruledOut }) =>
      html`<label class="level"${ruledOut !== null && html` title="${RULED_OUT_TEXTS[ruledOut]}"`}><input type="radio" name="area_${area}" value="${level}"${
        level === selected && html` checked`
      }${ruledOut !== null && html` disabled`}><span>${LEVEL_LABELS[level]}</span></label>`,
  )}</div></div>`;
}
