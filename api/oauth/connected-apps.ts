import express, { type Router } from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import { AREAS, scopesAllow } from '../../core/domain/scopes.ts';
import { invoke } from '../../core/operations/invoke.ts';
import { listConnectedApps } from '../../core/operations/list-connected-apps.ts';
import { revokeConnectedApp } from '../../core/operations/revoke-connected-app.ts';
import { type Html, html } from '../pages/html.ts';
import { renderSettings } from '../pages/settings/settings-page.ts';
import { confirmButton } from '../pages/views/confirm.ts';
import { emptyState, table, time } from '../pages/views/pieces.ts';
import { linkIn, type MemberVisit, requireMember } from '../sessions/visit.ts';

const PATH = '/settings/connected-apps';

interface ConnectedApp {
  id: string;
  name: string;
  person: { email: string };
  scopes: string[];
  created_at: string;
  last_used_at: string | null;
}

interface AppsPage {
  items: ConnectedApp[];
  next_cursor: string | null;
}

/** The apps that act for a person, and the button that ends it. */
export function createConnectedAppsRouter(dependencies: Dependencies): Router {
  const router = express.Router();
  router.get(PATH, async (request, response) => {
    const visit = await requireMember(dependencies, request, response);
    const input = { limit: 50, ...(typeof request.query.cursor === 'string' && { cursor: request.query.cursor }) };
    const page = await invoke(listConnectedApps, { caller: visit.caller, input }, dependencies);
    const forAll = visit.organization.role === 'admin';
    renderSettings(response, visit, {
      tab: 'connected-apps',
      title: 'Connected apps',
      text: `Apps that may act for ${forAll ? 'people of' : 'you in'} this organization. Revoking one ends its access at once.`,
      body: appsPanel(visit, page as unknown as AppsPage),
    });
  });
  router.post(
    `${PATH}/:app/revoke`,
    express.urlencoded({ extended: false, limit: '16kb' }),
    async (request, response) => {
      const visit = await requireMember(dependencies, request, response);
      await invoke(revokeConnectedApp, { caller: visit.caller, input: { app: request.params.app } }, dependencies);
      response.redirect(303, linkIn(visit, PATH));
    },
  );
  return router;
}

function appsPanel(visit: MemberVisit, { items, next_cursor: next }: AppsPage): Html {
  if (items.length === 0) {
    return emptyState({
      title: 'No app is connected',
      text: 'Add the MCP address of this installation to Claude or another client. It asks here for your consent.',
    });
  }
  return html`<section class="panel">${appsTable(visit, items)}</section>
${next !== null && html`<p><a href="${linkIn(visit, `${PATH}?cursor=${next}`)}">Older ones</a></p>`}`;
}

function appsTable(visit: MemberVisit, apps: ConnectedApp[]): Html {
  return table({
    caption: 'Connected apps',
    columns: ['App', 'Person', 'Access', 'Connected', 'Last used', ''],
    rows: apps.map((app) => [
      html`<strong>${app.name}</strong>`,
      app.person.email,
      accessText(app.scopes),
      time(new Date(app.created_at)),
      app.last_used_at === null ? 'never' : time(new Date(app.last_used_at)),
      confirmButton({
        label: 'Revoke',
        question: `${app.name} has to be connected again afterwards.`,
        action: linkIn(visit, `${PATH}/${app.id}/revoke`),
        csrfToken: visit.csrfToken,
      }),
    ]),
  });
}

/** "Reads and writes agents, email; reads audit" */
function accessText(scopes: string[]): string {
  const held = new Set(scopes);
  const written = AREAS.filter((area) => held.has(`${area}:write`));
  const readOnly = AREAS.filter((area) => !held.has(`${area}:write`) && scopesAllow(held, `${area}:read`));
  const parts = [
    written.length > 0 && `reads and writes ${written.join(', ')}`,
    readOnly.length > 0 && `reads ${readOnly.join(', ')}`,
  ].filter((part) => part !== false);
  return parts.join('; ');
}
