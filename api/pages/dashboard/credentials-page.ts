import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Dependencies } from '../../../core/dependencies.ts';
import { pageOf } from '../../../core/operations/members.ts';
import { credentialView } from '../../../core/operations/views.ts';
import { linkIn, requireMember } from '../../sessions/visit.ts';
import { type HtmlValue, html } from '../html.ts';
import { renderPage } from '../layout.ts';
import { badge, code, emptyState, heading, listing, time } from '../views/pieces.ts';
import { nextPage } from './next-page.ts';
import { run } from './run.ts';

type Credential = z.output<typeof credentialView>;

function row(credential: Credential) {
  return [
    html`<strong>${credential.name}</strong>`,
    credential.fingerprint === null ? badge('waits for its value', 'warning') : code(credential.fingerprint),
    credential.allowed_hosts.length === 0
      ? badge('nowhere yet')
      : credential.allowed_hosts.map((host) => html`${code(host)} `),
    credential.agents.length === 0 ? 'none' : credential.agents.join(', '),
    lastUse(credential),
    credential.expires_at === null ? 'not known' : time(new Date(credential.expires_at)),
  ];
}

/** Of the current value: when, by which agent, and how often in all. */
function lastUse({ versions }: Credential): HtmlValue {
  const current = versions.find(({ state }) => state === 'current');
  if (current?.last_used_at == null) return 'never';
  const { last_used_at, last_used_by, calls } = current;
  return html`${time(new Date(last_used_at))}${last_used_by !== null && ` by ${last_used_by}`} <span class="muted">${calls} calls</span>`;
}

/** `/credentials`: the vault, without a single value. */
export function credentialsPage(dependencies: Dependencies) {
  return async (request: Request, response: Response): Promise<void> => {
    const visit = await requireMember(dependencies, request, response);
    const { cursor } = request.query;
    const page = await run(dependencies, visit, 'list_credentials', { limit: 50, cursor }, pageOf(credentialView));
    const list = listing(
      {
        caption: 'Credentials',
        columns: ['Credential', 'Fingerprint', 'May be sent to', 'Agents', 'Last used', 'Expires'],
        rows: page.items.map(row),
      },
      nextPage(linkIn(visit, '/credentials'), page.next_cursor),
    );
    const empty = emptyState({
      title: 'The vault is empty',
      text: 'Ask Claude to create a credential, or POST /api/v1/credentials. You enter the value on a page of ours; no assistant ever sees it.',
    });
    renderPage(response, {
      title: 'Credentials',
      shell: { visit, section: 'credentials' },
      body: html`${heading('Credentials', 'Secrets of upstream APIs. A value never leaves the vault but inside a call to a host you allowed.')}
${page.items.length === 0 && cursor === undefined ? empty : list}`,
    });
  };
}
