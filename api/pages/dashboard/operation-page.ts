import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Dependencies } from '../../../core/dependencies.ts';
import { isFinal } from '../../../core/domain/long-running.ts';
import { operationView } from '../../../core/operations/views.ts';
import { linkIn, requireMember } from '../../sessions/visit.ts';
import { type Html, type HtmlValue, html } from '../html.ts';
import { renderPage } from '../layout.ts';
import { code, heading, notice, panel, table, time } from '../views/pieces.ts';
import { cancellation, decisions } from './operation-decisions.ts';
import { type Operation, requester, status, title, words } from './operation-words.ts';
import { run } from './run.ts';

/** The steps, those that are done ticked; what is wrong or waited for stands below its step. */
function stepper({ steps }: Operation): Html {
  return html`<ol class="stepper">${steps.map(
    ({ name, status: state, started_at, finished_at, detail }) =>
      html`<li class="${state}"${
        state === 'running' && html` aria-current="step"`
      }><strong>${title(name)}</strong> <span class="muted">${words(state)}${
        started_at !== null && html` · ${time(new Date(started_at))} · ${duration(started_at, finished_at)}`
      }</span>${detail !== null && html`<p>${detail}</p>`}</li>`,
  )}</ol>`;
}

function duration(from: string, to: string | null): string {
  const seconds = ((to === null ? Date.now() : Date.parse(to)) - Date.parse(from)) / 1_000;
  return to === null ? `${Math.max(0, seconds).toFixed(0)} s so far` : `${seconds.toFixed(1)} s`;
}

const FIGURES = ['calls', 'refused', 'errors', 'blames', 'double_refusals', 'unrepeatable_failures'] as const;

/** What live calls show of the new value beside the old one. */
function canary({ canary: figures, status: state }: Operation): Html | null {
  if (figures === null) return null;
  const of = (which: 'new' | 'old', name: string) => String((figures[which] as Record<string, unknown>)[name] ?? 0);
  const unaware = Number(figures.relays_unaware);
  return panel({
    title: 'Live calls',
    text: isFinal(state)
      ? 'What they showed while it went on.'
      : `${Number(figures.share) * 100} % of the calls that can be repeated take the new value.${
          unaware > 0 ? ` ${unaware} relay process(es) have yet to take part.` : ''
        }`,
    body: table({
      caption: 'Live calls by value',
      columns: ['Figure', 'New value', 'Old value'],
      rows: FIGURES.map((name) => [title(name), of('new', name), of('old', name)]),
    }),
  });
}

function text(value: unknown): HtmlValue {
  if (typeof value === 'string' && value.includes('T') && !Number.isNaN(Date.parse(value)))
    return time(new Date(value));
  return typeof value === 'object' ? code(JSON.stringify(value)) : String(value);
}

function facts(operation: Operation): Html {
  const { result, error, waiting_for, who_can_act, next_timer_at, finished_at, cancel_requested_by } = operation;
  const { approval, temporal_url, target } = operation;
  const rows: [string, HtmlValue][] = [
    ['Status', status(operation)],
    [title(target.kind), target.name],
    ['Asked for by', requester(operation)],
    ['Started', time(new Date(operation.created_at))],
  ];
  if (finished_at !== null) rows.push(['Ended', time(new Date(finished_at))]);
  if (waiting_for !== null) rows.push(['Waits for', words(waiting_for)]);
  if (who_can_act !== null) rows.push(['Who can act', who_can_act]);
  if (next_timer_at !== null) rows.push(['Next timer', time(new Date(next_timer_at))]);
  if (approval?.decided_by != null) rows.push([title(approval.decision ?? ''), `by ${approval.decided_by}`]);
  if (cancel_requested_by !== null) rows.push(['Cancelled by', cancel_requested_by]);
  for (const [name, value] of Object.entries(result ?? {})) {
    if (name !== target.kind) rows.push([title(name), text(value)]);
  }
  if (temporal_url != null) rows.push(['Temporal', html`<a href="${temporal_url}">its workflow</a>`]);
  return html`${error !== null && notice('error', error.detail)}<dl class="facts">${rows.map(
    ([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`,
  )}</dl>`;
}

/** What goes on by itself is followed live; a person who is asked for something gets time to read. */
function refreshSeconds({ waiting_for }: Operation): string {
  return waiting_for === null ? '2' : '10';
}

/** `/operations/{operation}`: one operation, step by step, and what a person can decide; reloads itself while it goes on. */
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
    const isLive = !isFinal(operation.status);
    if (isLive) response.set('Refresh', refreshSeconds(operation));
    const action = linkIn(visit, `/operations/${operation.id}`);
    const name = `${title(operation.kind)}: ${operation.target.name}`;
    renderPage(response, {
      title: name,
      shell: { visit, section: 'operations' },
      body: html`${heading(name, html`Operation ${code(operation.id)}`)}
${decisions(visit, operation, action)}
${panel({ title: 'What it is', body: facts(operation) })}
<div class="side-by-side">${panel({
        title: 'Steps',
        ...(isLive && { text: 'Followed live.' }),
        body: stepper(operation),
      })}${canary(operation)}</div>
${cancellation(visit, operation, action)}`,
    });
  };
}
