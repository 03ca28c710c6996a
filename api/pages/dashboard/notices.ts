import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Dependencies } from '../../../core/dependencies.ts';
import { roleAtLeast } from '../../../core/domain/roles.ts';
import { noticeView } from '../../../core/operations/notices.ts';
import { linkIn, type MemberVisit, requireMember } from '../../sessions/visit.ts';
import { type Html, html } from '../html.ts';
import { button, form } from '../views/form.ts';
import { panel, table, time } from '../views/pieces.ts';
import { run } from './run.ts';

const MOST_SHOWN = 10;

/** What managers and admins should look at; null when there is nothing. */
export async function noticesPanel(dependencies: Dependencies, visit: MemberVisit): Promise<Html | null> {
  if (!roleAtLeast(visit.organization.role, 'manager')) return null;
  const view = z.object({ items: z.array(noticeView) });
  const { items } = await run(dependencies, visit, 'list_notices', { limit: MOST_SHOWN }, view);
  if (items.length === 0) return null;
  const rows = items.map(({ id, text, operation_id, created_at }) => [
    operation_id === null ? text : html`<a href="${linkIn(visit, `/operations/${operation_id}`)}">${text}</a>`,
    time(new Date(created_at)),
    form({
      action: linkIn(visit, `/notices/${id}/dismiss`),
      csrfToken: visit.csrfToken,
      inline: true,
      body: button({ label: 'Dismiss', kind: 'quiet' }),
    }),
  ]);
  return panel({
    title: 'To look at',
    body: table({ caption: 'Notices', columns: ['What', 'Since', ''], rows }),
  });
}

export function dismissNotice(dependencies: Dependencies) {
  return async (request: Request, response: Response): Promise<void> => {
    const visit = await requireMember(dependencies, request, response, 'manager');
    const view = z.object({ notice: noticeView });
    await run(dependencies, visit, 'dismiss_notice', { notice: request.params.notice }, view);
    response.redirect(303, linkIn(visit, '/'));
  };
}
