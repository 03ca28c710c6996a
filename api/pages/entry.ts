import express, { type Request, type Response } from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import { enterCredentialValue, readEntryTarget } from '../../core/services/credential-entry.ts';
import { type FormState, problemNotice, refusedForm, typed, UNTOUCHED } from './form-input.ts';
import { html } from './html.ts';
import { renderPage } from './layout.ts';
import { isConflict, type OpenedLink, openLink } from './one-time-link.ts';
import { renderDeadLink } from './page-errors.ts';
import { button, form, linkButton, textArea } from './views/form.ts';
import { heading, notice } from './views/pieces.ts';

/** One host a line. */
function readLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

export function createEntryRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();

  async function show(
    request: Request,
    response: Response,
    { link, visit, caller }: OpenedLink,
    state: FormState,
  ): Promise<void> {
    const target = await readEntryTarget(dependencies, link);
    if (target === null) return renderDeadLink(response, 'The credential that this link was made for is deleted.');
    const { errors, values } = state;
    renderPage(response, {
      title: `Enter the value of ${target.credentialName}`,
      status: state.status,
      wide: true,
      body: html`${heading('Enter a secret', html`The value of the credential <strong>${target.credentialName}</strong> in <strong>${caller.organizationName}</strong>, as ${target.asker} asked.`)}
${problemNotice(state)}
${form({
  action: request.originalUrl,
  csrfToken: visit.csrfToken,
  body: [
    textArea({
      name: 'value',
      label: 'Value',
      rows: 2,
      secret: true,
      error: errors.value,
      autofocus: true,
      hint: 'It goes into the vault, encrypted. From then on everybody sees a fingerprint only.',
    }),
    textArea({
      name: 'allowed_hosts',
      label: 'Allowed hosts, one a line',
      rows: 3,
      value: values.allowed_hosts ?? target.hosts.join('\n'),
      error: errors.allowed_hosts,
      placeholder: 'api.example.com',
      hint: 'The secret is sent to these hosts and nowhere else. A bare name means https on port 443.',
    }),
    link.proposedHosts.length > 0 &&
      notice('warning', 'The hosts above were proposed with the request. Check that this is where the secret belongs.'),
    button({ label: 'Store value' }),
  ],
})}`,
    });
  }

  router.get('/entry/:link', async (request: Request, response: Response) => {
    const opened = await openLink(dependencies, request, response, 'entry');
    if (opened !== null) await show(request, response, opened, UNTOUCHED);
  });

  router.post('/entry/:link', async (request: Request, response: Response) => {
    const opened = await openLink(dependencies, request, response, 'entry');
    if (opened === null) return;
    const { value = '', allowed_hosts: hosts = '' } = typed(request);
    try {
      await enterCredentialValue(dependencies, { ...opened, value, hosts: readLines(hosts) });
    } catch (error) {
      if (isConflict(error)) return renderDeadLink(response, error.detail);
      return show(request, response, opened, refusedForm(request, error));
    }
    renderPage(response, {
      title: 'Value stored',
      body: html`${heading('Value stored', 'It is encrypted in the vault and ready to be used. You can close this page.')}
${linkButton('Go to the dashboard', '/', 'secondary')}`,
    });
  });

  return router;
}
