import type { Response } from 'express';
import type { WrongOrganization } from '../sessions/wrong-organization.ts';
import { html } from './html.ts';
import { renderPage } from './layout.ts';
import { linkButton } from './views/form.ts';
import { heading } from './views/pieces.ts';

/** A page of an organization that the person is no member of: the ways to those that they belong to. */
export function renderWrongOrganization(response: Response, { status, email, ways }: WrongOrganization): void {
  renderPage(response, {
    title: 'Another organization',
    status,
    body: html`${heading('Not one of your organizations', html`This page was opened for an organization that <strong>${email}</strong> is no member of. ${ways.length === 0 ? 'Ask an organization admin to invite you.' : 'Go on with one of yours, or ask an admin of the other one to invite you.'}`)}
<div class="stack">${ways.map(({ name, path }) => linkButton(name, path, 'secondary'))}</div>`,
  });
}
