import type { Response } from 'express';
import { linkIn, type Visit } from '../../sessions/visit.ts';
import { type Html, type HtmlValue, html } from '../html.ts';
import { renderPage } from '../layout.ts';
import { heading } from '../views/pieces.ts';

export type SettingsTab = 'profile' | 'members' | 'api-tokens' | 'connected-apps';

const TABS: { tab: SettingsTab; label: string; path: string; admin?: true }[] = [
  { tab: 'profile', label: 'Profile', path: '/settings' },
  { tab: 'members', label: 'Members', path: '/settings/members', admin: true },
  { tab: 'api-tokens', label: 'API tokens', path: '/settings/api-tokens' },
  { tab: 'connected-apps', label: 'Connected apps', path: '/settings/connected-apps' },
];

function tabs(visit: Visit, current: SettingsTab): Html {
  const shown = TABS.filter(
    ({ admin }) => visit.organization !== null && (!admin || visit.organization.role === 'admin'),
  );
  return html`<nav class="tabs" aria-label="Settings">${shown.map(
    ({ tab, label, path }) =>
      html`<a href="${linkIn(visit, path)}"${tab === current && html` aria-current="page"`}>${label}</a>`,
  )}</nav>`;
}

/** A page of the settings, in the app's frame and under its tabs. */
export function renderSettings(
  response: Response,
  visit: Visit,
  {
    tab,
    title,
    text,
    body,
    status = 200,
  }: { tab: SettingsTab; title: string; text?: HtmlValue; body: HtmlValue; status?: number },
): void {
  renderPage(response, {
    title,
    status,
    shell: { visit, section: 'settings' },
    body: html`${heading(title, text)}${tabs(visit, tab)}${body}`,
  });
}
