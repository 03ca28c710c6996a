import type { Request, Response } from 'express';
import type { z } from 'zod';
import type { Dependencies } from '../../../core/dependencies.ts';
import { pageOf } from '../../../core/operations/members.ts';
import { agentView } from '../../../core/operations/views.ts';
import { linkIn, requireMember } from '../../sessions/visit.ts';
import { type Html, html } from '../html.ts';
import { renderPage } from '../layout.ts';
import { linkButton } from '../views/form.ts';
import { badge, code, emptyState, heading, listing, notice, time } from '../views/pieces.ts';
import { nextPage } from './next-page.ts';
import { noticesPanel } from './notices.ts';
import { run } from './run.ts';

type Agent = z.output<typeof agentView>;

function row(agent: Agent) {
  const limit = agent.rate_limit === null ? 'none' : `${agent.rate_limit.rpm} a minute`;
  return [
    html`<strong>${agent.name}</strong> ${!agent.enabled && badge('disabled', 'warning')}`,
    code(agent.upstream_url),
    agent.credentials.length === 0 ? badge('no credential') : agent.credentials.map(({ name }) => badge(name, 'info')),
    limit,
    agent.last_used_at === null ? 'never' : time(new Date(agent.last_used_at)),
  ];
}

function firstSteps(mcpUrl: string): Html {
  return html`${notice(
    'info',
    html`Connect Claude: add ${code(mcpUrl)} as a custom connector, sign in and click Allow Access. Then ask: “Create a new agent called stripe-relay that proxies to api.stripe.com with a 300 RPM rate limit.”`,
  )}${emptyState({
    title: 'No agents yet',
    text: 'An agent is a named endpoint for one upstream API. Your software calls the relay with an agent key; the relay puts the vaulted credential into the call.',
    action: linkButton('Make an API token for scripts', '/settings/api-tokens', 'secondary'),
  })}`;
}

/** `/`: the agents of the organization. */
export function agentsPage(dependencies: Dependencies) {
  return async (request: Request, response: Response): Promise<void> => {
    const visit = await requireMember(dependencies, request, response);
    const { cursor } = request.query;
    const { items, next_cursor } = await run(
      dependencies,
      visit,
      'list_agents',
      { limit: 50, cursor },
      pageOf(agentView),
    );
    const { relayUrl, mcpUrl } = dependencies.config;
    const list = listing(
      {
        caption: 'Agents',
        columns: ['Agent', 'Upstream', 'Credentials', 'Rate limit', 'Last used'],
        rows: items.map(row),
      },
      nextPage(linkIn(visit, '/'), next_cursor),
    );
    renderPage(response, {
      title: 'Agents',
      shell: { visit, section: 'agents' },
      body: html`${heading('Agents', html`Callers reach an agent at ${code(`${relayUrl}/<agent>/…`)} with its agent key.`)}
${await noticesPanel(dependencies, visit)}
${items.length === 0 && cursor === undefined ? firstSteps(mcpUrl) : list}`,
    });
  };
}
