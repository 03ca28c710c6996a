import express, { type Request, type Response } from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import { readRevealTarget, revealThroughLink } from '../../core/services/agent-key-reveal.ts';
import { isFresh } from '../../core/services/sessions.ts';
import { type FormState, problemNotice, refusedForm, UNTOUCHED } from './form-input.ts';
import { html } from './html.ts';
import { renderPage } from './layout.ts';
import { isConflict, type OpenedLink, openLink } from './one-time-link.ts';
import { renderDeadLink } from './page-errors.ts';
import { checkProof, proofFields } from './reauthenticate.ts';
import { button, form, linkButton } from './views/form.ts';
import { code, heading, notice } from './views/pieces.ts';

export function createRevealRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();

  async function show(
    request: Request,
    response: Response,
    { link, visit }: OpenedLink,
    state: FormState,
  ): Promise<void> {
    const target = await readRevealTarget(dependencies, link);
    if (target === null) return renderDeadLink(response, 'The agent key that this link was made for is gone.');
    const reach = target.agentName === null ? 'all agents' : target.agentName;
    renderPage(response, {
      title: 'Reveal an agent key',
      status: state.status,
      body: html`${heading('Reveal an agent key', html`The key <strong>${target.keyName}</strong> for <strong>${reach}</strong>. It is shown once: have the place ready where you will keep it.`)}
${problemNotice(state)}
${form({
  action: request.originalUrl,
  csrfToken: visit.csrfToken,
  body: [!isFresh(visit.session) && (await proofFields(dependencies, visit, state)), button({ label: 'Reveal' })],
})}`,
    });
  }

  function showValue(response: Response, value: string): void {
    renderPage(response, {
      title: 'Your agent key',
      wide: true,
      body: html`${heading('Your agent key', 'One click selects all of it; then copy.')}
<output class="shown-once" id="secret">${value}</output>
${notice('warning', 'This page cannot be opened again. Only a hash of the key is kept.')}
<p class="muted">Send it to the relay at ${code(dependencies.config.relayUrl)} as ${code('Authorization: Bearer …')} or ${code('X-Api-Key: …')}.</p>
${linkButton('I have kept it', '/', 'secondary')}`,
    });
  }

  router.get('/reveal/:link', async (request: Request, response: Response) => {
    const opened = await openLink(dependencies, request, response, 'reveal');
    if (opened !== null) await show(request, response, opened, UNTOUCHED);
  });

  router.post('/reveal/:link', async (request: Request, response: Response) => {
    const opened = await openLink(dependencies, request, response, 'reveal');
    if (opened === null) return;
    try {
      if (!isFresh(opened.visit.session)) await checkProof(dependencies, request, opened.visit);
      showValue(response, await revealThroughLink(dependencies, opened));
    } catch (error) {
      if (isConflict(error)) return renderDeadLink(response, error.detail);
      await show(request, response, opened, refusedForm(request, error));
    }
  });

  return router;
}
