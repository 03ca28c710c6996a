import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Dependencies } from '../../../core/dependencies.ts';
import { isFinal, type OperationStatus } from '../../../core/domain/long-running.ts';
import { pageOf } from '../../../core/operations/members.ts';
import { operationView } from '../../../core/operations/views.ts';
import { linkIn, requireMember } from '../../sessions/visit.ts';
import { type Html, type HtmlValue, html } from '../html.ts';
import { renderPage } from '../layout.ts';
import { badge, code, emptyState, heading, listing, notice, panel, type Tone, table, time } from '../views/pieces.ts';
import { nextPage } from './next-page.ts';
import { run } from './run.ts';

type Operation = z.output<typeof operationView>;

const TONES: Record<OperationStatus, Tone> = {
  accepted: 'info',
  running: 'info',
  waiting: 'warning',
  succeeded: 'success',
  failed: 'error',
  cancelled: 'neutral',
  rolled_back: 'warning',
  unknown: 'warning',
};

const words = (name: string): string => name.replaceAll('_', ' ');
const title = (name: string): string => words(name).replace(/^./, (first) => first.toUpperCase());

function status(operation: Operation): Html {
  return badge(words(operation.status), TONES[operation.status]);
}

function requester({ requested_by: { name, app } }: Operation): string {
  return app === null ? name : `${name} through ${app}`;
}

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

function stepRow(step: Operation['steps'][number]): HtmlValue[] {
  const tones = { pending: 'neutral', running: 'info', done: 'success', failed: 'error', skipped: 'neutral' } as const;
  return [
    title(step.name),
    badge(step.status, tones[step.status]),
    step.started_at === null ? '' : time(new Date(step.started_at)),
    step.finished_at === null ? '' : time(new Date(step.finished_at)),
    step.detail ?? '',
  ];
}

function facts(operation: Operation): Html {
  const { result, error, waiting_for, next_timer_at } = operation;
  const rows: [string, HtmlValue][] = [
    ['Status', status(operation)],
    [title(operation.target.kind), operation.target.name],
    ['Asked for by', requester(operation)],
    ['Started', time(new Date(operation.created_at))],
    ...(operation.finished_at === null
      ? []
      : ([['Ended', time(new Date(operation.finished_at))]] as [string, HtmlValue][])),
    ...(waiting_for === null ? [] : ([['Waits for', waiting_for]] as [string, HtmlValue][])),
    ...(next_timer_at === null ? [] : ([['Next timer', time(new Date(next_timer_at))]] as [string, HtmlValue][])),
    ...Object.entries(result ?? {})
      .filter(([name]) => name !== operation.target.kind)
      .map(([name, value]): [string, HtmlValue] => [
        title(name),
        typeof value === 'string' && !Number.isNaN(Date.parse(value)) && value.includes('T')
          ? time(new Date(value))
          : String(value),
      ]),
  ];
  return html`${error !== null && notice('error', `${error.detail}`)}<dl class="facts">${rows.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl>`;
}

/** `/operations/{operation}`: one operation, step by step; reloads itself while it goes on. */
export function operationPage(dependencies: Dependencies) {
  return async (request: Request, response: Response): Promise<void> => {
    const visit = await requireMember(dependencies, request, response);
    const input = { operation: request.params.operation };
    const { operation } = await run(
      dependencies,
      visit,
      'get_operation',
      input,
      z.object({ operation: operationView }),
    );
    if (!isFinal(operation.status)) response.set('Refresh', '2');
    renderPage(response, {
      title: `${title(operation.kind)}: ${operation.target.name}`,
      shell: { visit, section: 'operations' },
      body: html`${heading(`${title(operation.kind)}: ${operation.target.name}`, html`Operation ${code(operation.id)}`)}
${panel({ title: 'What it is', body: facts(operation) })}
${panel({ title: 'Steps', body: table({ caption: 'Steps', columns: ['Step', 'Status', 'Started', 'Ended', 'Detail'], rows: operation.steps.map(stepRow) }) })}`,
    });
  };
}
