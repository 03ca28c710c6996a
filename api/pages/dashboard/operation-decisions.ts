import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Dependencies } from '../../../core/dependencies.ts';
import { isFinal, isPastReturn } from '../../../core/domain/long-running.ts';
import { roleAtLeast } from '../../../core/domain/roles.ts';
import { PublicError } from '../../../core/errors.ts';
import { operationView } from '../../../core/operations/views.ts';
import { linkIn, type MemberVisit, requireFresh, requireMember } from '../../sessions/visit.ts';
import { type Html, type HtmlValue, html } from '../html.ts';
import { type Button, button, form, hidden, linkButton } from '../views/form.ts';
import { code, panel } from '../views/pieces.ts';
import { type Operation, requester, words } from './operation-words.ts';
import { run } from './run.ts';

interface Decision {
  title: string;
  text: HtmlValue;
  details?: Html;
  fields?: HtmlValue;
  buttons: Button[];
}

/** What the operation asks a person, as forms; null where this person cannot act, or nothing is asked. */
export function decisions(visit: MemberVisit, operation: Operation, action: string): Html | null {
  if (!mayDecide(visit, operation)) return null;
  const asked = [approval(operation), question(operation), value(operation)].filter((decision) => decision !== null);
  return html`${asked.map((decision) => decisionPanel(visit, decision, action))}${reveal(operation)}`;
}

/** The way to end it; null where there is none any more. */
export function cancellation(visit: MemberVisit, operation: Operation, action: string): Html | null {
  if (isPastReturn(operation) || operation.cancel_requested_by !== null || !mayDecide(visit, operation)) return null;
  const decision: Decision = {
    title: 'Cancel',
    text: 'What was done so far is taken back.',
    buttons: [{ label: 'Cancel the operation', kind: 'secondary', name: 'decision', value: 'cancel' }],
  };
  return decisionPanel(visit, decision, action);
}

function mayDecide(visit: MemberVisit, operation: Operation): boolean {
  return !isFinal(operation.status) && roleAtLeast(visit.organization.role, 'manager');
}

function decisionPanel(
  { csrfToken }: MemberVisit,
  { title, text, details, fields, buttons }: Decision,
  action: string,
) {
  const body = html`${fields}<div class="buttons">${buttons.map(button)}</div>`;
  return panel({ title, text, body: html`${details}${form({ action, csrfToken, body })}` });
}

/** The whole input is shown: what is approved is exactly this. */
function approval(operation: Operation): Decision | null {
  if (operation.approval === null || operation.approval.decision !== null) return null;
  return {
    title: 'Waits for approval',
    text: `${requester(operation)} asked to ${words(operation.kind)} “${operation.target.name}”, with exactly this:`,
    details: html`<dl class="facts">${Object.entries(operation.input).map(
      ([name, given]) => html`<dt>${words(name)}</dt><dd>${code(JSON.stringify(given))}</dd>`,
    )}</dl>`,
    fields: hidden('input_hash', operation.approval.input_hash),
    buttons: [
      { label: 'Approve', name: 'decision', value: 'approve' },
      { label: 'Reject', kind: 'danger', name: 'decision', value: 'reject' },
    ],
  };
}

function question(operation: Operation): Decision | null {
  if (operation.waiting_for !== 'resolve') return null;
  return {
    title: 'A key is in doubt',
    text: operation.question,
    buttons: [
      { label: 'Remove it, or it is removed', name: 'decision', value: 'remove' },
      { label: 'Keep it at the provider', kind: 'secondary', name: 'decision', value: 'keep' },
    ],
  };
}

function value(operation: Operation): Decision | null {
  if (operation.waiting_for !== 'value') return null;
  return {
    title: 'Waits for the new value',
    text: 'Make a new secret at the provider, then enter it. It is tried before any call takes it.',
    buttons: [{ label: 'Enter the new value', name: 'decision', value: 'enter' }],
  };
}

function reveal({ reveal_url }: Operation): Html | null {
  if (reveal_url == null) return null;
  return panel({
    title: 'Your new key is ready',
    text: 'It is shown once, to you. Have the place ready where you will keep it.',
    body: linkButton('Go to the key', reveal_url),
  });
}

const answer = z.object({ operation: operationView });

/** What a person decided on the page of an operation. */
export function decideOnOperation(dependencies: Dependencies) {
  return async (request: Request, response: Response): Promise<void> => {
    const visit = await requireMember(dependencies, request, response, 'manager');
    const operation = String(request.params.operation);
    const page = linkIn(visit, `/operations/${operation}`);
    const { decision, input_hash } = request.body as { decision?: unknown; input_hash?: unknown };
    switch (decision) {
      case 'approve':
      case 'reject':
        requireFresh(visit, page);
        await run(dependencies, visit, `${decision}_operation`, { operation, input_hash }, answer);
        break;
      case 'keep':
      case 'remove':
        await run(dependencies, visit, 'resolve_operation', { operation, decision }, answer);
        break;
      case 'cancel':
        await run(dependencies, visit, 'cancel_operation', { operation }, answer);
        break;
      case 'enter':
        response.redirect(303, await entryUrl(dependencies, visit, operation));
        return;
      default:
        throw new PublicError('invalid_request', 'Choose one of the buttons on the page of the operation.');
    }
    response.redirect(303, page);
  };
}

async function entryUrl(dependencies: Dependencies, visit: MemberVisit, operation: string): Promise<string> {
  const { target } = (await run(dependencies, visit, 'get_operation', { operation }, answer)).operation;
  const link = z.object({ entry_url: z.string() });
  return (await run(dependencies, visit, 'create_entry_link', { credential: target.id }, link)).entry_url;
}
