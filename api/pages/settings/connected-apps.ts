import express, { type Request, type Response } from 'express';
import type { z } from 'zod';
import type { Dependencies } from '../../../core/dependencies.ts';
import { connectedAppItem } from '../../../core/operations/connected-app-views.ts';
import { pageOf } from '../../../core/operations/members.ts';
import { linkIn, type MemberVisit, requireMember } from '../../sessions/visit.ts';
import { nextPage } from '../dashboard/next-page.ts';
import { run } from '../dashboard/run.ts';
import { type Html, html } from '../html.ts';
import { confirmButton } from '../views/confirm.ts';
import { badge, emptyState, listing, notice, time } from '../views/pieces.ts';
import { accessText, clientText } from './app-words.ts';
import { renderSettings } from './settings-page.ts';

export const CONNECTED_APPS_PATH = '/settings/connected-apps';

type ConnectedApp = z.output<typeof connectedAppItem>;

/** `/settings/connected-apps`: the apps that act for a person, for an admin everybody's, and the button that ends it. */
export function createConnectedAppsRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();
  router.get(CONNECTED_APPS_PATH, async (request: Request, response: Response) => {
    const visit = await requireMember(dependencies, request, response);
    const { cursor } = request.query;
    const input = { limit: 50, cursor };
    const page = await run(dependencies, visit, 'list_connected_apps', input, pageOf(connectedAppItem));
    const isAdmin = visit.organization.role === 'admin';
    renderSettings(response, visit, {
      tab: 'connected-apps',
      title: 'Connected apps',
      text: `Apps that may act for ${isAdmin ? 'people of' : 'you in'} this organization, such as Claude.`,
      body: [
        revokedNotice(request, visit),
        page.items.length === 0 && cursor === undefined ? nothingConnected() : appList(visit, page),
      ],
    });
  });
  return router;
}

/** What was revoked, and where one sees the rest of it being done. */
function revokedNotice(request: Request, visit: MemberVisit): Html | null {
  const { revoked: operation } = request.query;
  if (typeof operation !== 'string') return null;
  const link = linkIn(visit, `/operations/${encodeURIComponent(operation)}`);
  return notice(
    'success',
    html`The access has ended: every request with its tokens is refused from now on. <a href="${link}">See what was under way</a>`,
  );
}

function nothingConnected(): Html {
  return emptyState({
    title: 'No app is connected',
    text: 'Add the MCP address of this installation to Claude or another client. It asks here for your consent.',
  });
}

function appList(visit: MemberVisit, page: { items: ConnectedApp[]; next_cursor: string | null }): Html {
  const list = {
    caption: 'Connected apps',
    columns: ['App', 'For', 'Access', 'Last used', 'This week', ''],
    rows: page.items.map((app) => appRow(visit, app)),
  };
  return listing(list, nextPage(linkIn(visit, CONNECTED_APPS_PATH), page.next_cursor));
}

function appRow(visit: MemberVisit, app: ConnectedApp) {
  const path = `${CONNECTED_APPS_PATH}/${app.id}`;
  const isOwn = app.person.id === visit.session.person.id;
  return [
    html`<a href="${linkIn(visit, path)}"><strong>${app.name}</strong></a><small>${clientText(app)}${
      app.grant_count > 1 && `, connected ${app.grant_count} times`
    }</small>`,
    isOwn ? 'you' : html`${app.person.name}<small>${app.person.email}</small>`,
    html`<small>${accessText(app.scopes)}</small>`,
    app.last_used_at === null ? 'never' : time(new Date(app.last_used_at)),
    html`<span>${app.calls_this_week} ${app.calls_this_week === 1 ? 'call' : 'calls'}${
      app.operations_under_way > 0 && html` ${badge(`${app.operations_under_way} under way`, 'info')}`
    }</span>`,
    confirmButton({
      label: 'Revoke',
      question: `End all access of ${app.name}${isOwn ? '' : ` for ${app.person.email}`}? It has to be connected again afterwards.`,
      action: linkIn(visit, `${path}/revoke`),
      csrfToken: visit.csrfToken,
    }),
  ];
}
