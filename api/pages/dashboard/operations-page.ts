import type { Request, Response } from 'express';
import type { Dependencies } from '../../../core/dependencies.ts';
import { pageOf } from '../../../core/operations/members.ts';
import { operationView } from '../../../core/operations/views.ts';
import { linkIn, requireMember } from '../../sessions/visit.ts';
import { html } from '../html.ts';
import { renderPage } from '../layout.ts';
import { emptyState, heading, listing, time } from '../views/pieces.ts';
import { nextPage } from './next-page.ts';
import { requester, status, title } from './operation-words.ts';
import { run } from './run.ts';

/** `/operations`: all long-running work, the newest first. */
export function operationsPage(dependencies: Dependencies) {
  return async (request: Request, response: Response): Promise<void> => {
    const visit = await requireMember(dependencies, request, response);
    const { cursor } = request.query;
    const page = await run(dependencies, visit, 'list_operations', { limit: 50, cursor }, pageOf(operationView));
    const rows = page.items.map((operation) => [
      html`<a href="${linkIn(visit, `/operations/${operation.id}`)}">${title(operation.kind)}</a>`,
      operation.target.name,
      status(operation),
      requester(operation),
      time(new Date(operation.created_at)),
    ]);
    const empty = emptyState({
      title: 'Nothing under way',
      text: 'Deleting an agent, rotating a credential and other long work shows here, step by step.',
    });
    renderPage(response, {
      title: 'Operations',
      shell: { visit, section: 'operations' },
      body: html`${heading('Operations', 'Long-running work: every step is durable and goes on after a restart.')}
${rows.length === 0 ? empty : listing({ caption: 'Operations', columns: ['Operation', 'Target', 'Status', 'Asked for by', 'Started'], rows }, nextPage(linkIn(visit, '/operations'), page.next_cursor))}`,
    });
  };
}
