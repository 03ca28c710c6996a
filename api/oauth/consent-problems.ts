import type { Response } from 'express';
import { html } from '../pages/html.ts';
import { renderPage } from '../pages/layout.ts';
import { button, form, linkButton } from '../pages/views/form.ts';
import { heading } from '../pages/views/pieces.ts';
import type { ConsentRequest } from './consent-page.ts';

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

/** An authorization request that ended, or that this browser did not start. */
export function renderRequestOver(response: Response): void {
  renderPage(response, {
    title: 'This request is over',
    status: 403,
    body: html`${heading('This request is over', 'It has expired, was answered already, or was started in another browser. Go back to your app and connect again.')}
${linkButton('See your connected apps', '/settings/connected-apps', 'secondary')}`,
  });
}
