import type { Response } from 'express';
import { paths } from '../../../dashboard/paths.ts';
import { linkIn, type Visit } from '../../sessions/visit.ts';
import { type Html, type HtmlValue, html } from '../html.ts';
import { renderPage } from '../layout.ts';
import { heading } from '../views/pieces.ts';

const PROFILE = { label: 'Profile', path: '/settings/profile' };

/** The rest of the settings is of an organization, and the dashboard's. */
const OF_THE_DASHBOARD = [
  { label: 'Connect to Claude', path: paths.connect },
  { label: 'Connected apps', path: paths.connectedApps },
  { label: 'API tokens', path: paths.apiTokens },
  { label: 'Plan and usage', path: paths.usage },
  { label: 'Members', path: paths.members, admin: true },
];

function tabs(visit: Visit): Html {
  const { organization } = visit;
  const others = OF_THE_DASHBOARD.filter(
    ({ admin }) => organization !== null && (!admin || organization.role === 'admin'),
  );
  return html`<nav class="tabs" aria-label="Settings"><a href="${linkIn(visit, PROFILE.path)}" aria-current="page">${PROFILE.label}</a>${others.map(
    ({ label, path }) => html`<a href="${linkIn(visit, path)}">${label}</a>`,
  )}</nav>`;
}

/** A page of a person's own settings, in the app's frame. */
export function renderSettings(
  response: Response,
  visit: Visit,
  { title, text, body, status = 200 }: { title: string; text?: HtmlValue; body: HtmlValue; status?: number },
): void {
  renderPage(response, {
    title,
    status,
    shell: { visit, section: 'settings' },
    body: html`${heading(title, text)}${tabs(visit)}${body}`,
  });
}
