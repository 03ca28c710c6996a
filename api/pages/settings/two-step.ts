import express, { type Request, type Response } from 'express';
import { raw } from 'hono/html';
import { toString as drawQrCode } from 'qrcode';
import { z } from 'zod';
import type { Dependencies } from '../../../core/dependencies.ts';
import { confirmTotp, enrolTotp, removeTotp } from '../../../core/services/totp.ts';
import { linkIn, requireFresh, requireSession, type Visit } from '../../sessions/visit.ts';
import { codeField } from '../fields.ts';
import { type FormState, problemNotice, readFields, refusedForm, UNTOUCHED } from '../form-input.ts';
import { type Html, html } from '../html.ts';
import { button, field, form, linkButton } from '../views/form.ts';
import { notice, panel } from '../views/pieces.ts';
import { renderSettings } from './settings-page.ts';

const codeFields = z.object({ code: codeField });

/** The library draws the markup from the text alone; nothing of the text stands in it. */
async function qrCode(text: string): Promise<Html> {
  const svg = await drawQrCode(text, { type: 'svg', margin: 0, errorCorrectionLevel: 'M' });
  return html`<div class="qr" role="img" aria-label="QR code for your authenticator app">${raw(svg) as unknown as Html}</div>`;
}

export function createTwoStepRouter(dependencies: Dependencies): express.Router {
  const router = express.Router();

  async function showEnrolment(response: Response, visit: Visit, state: FormState): Promise<void> {
    const { uri, secret } = await enrolTotp(dependencies, visit.session.person.id);
    const grouped = secret.match(/.{1,4}/g)?.join(' ') ?? secret;
    renderSettings(response, visit, {
      title: 'Set up two-step sign-in',
      status: state.status,
      body: panel({
        title: 'Scan, then enter the first code',
        text: 'Any authenticator app will do. If you cannot scan, type the letters in.',
        body: html`<div class="side-by-side">${await qrCode(uri)}<div class="stack"><p class="setup-key"><code>${grouped}</code></p>
${problemNotice(state)}
${form({
  action: '/settings/two-step',
  csrfToken: visit.csrfToken,
  body: [
    field({
      name: 'code',
      label: 'Code',
      error: state.errors.code,
      autocomplete: 'one-time-code',
      inputmode: 'numeric',
      autofocus: true,
    }),
    html`<div class="buttons">${button({ label: 'Turn on' })}${linkButton('Cancel', linkIn(visit, '/settings/profile'), 'quiet')}</div>`,
  ],
})}</div></div>`,
      }),
    });
  }

  function showRecoveryCodes(response: Response, visit: Visit, recoveryCodes: string[]): void {
    renderSettings(response, visit, {
      title: 'Two-step sign-in is on',
      body: panel({
        title: 'Keep your recovery codes',
        text: 'Each signs you in once when your phone is not at hand. They are shown only now.',
        body: [
          html`<ul class="codes" id="recovery-codes">${recoveryCodes.map((recoveryCode) => html`<li>${recoveryCode}</li>`)}</ul>`,
          notice('warning', 'Print them or put them into your password manager.'),
          linkButton('I have kept them', linkIn(visit, '/settings/profile')),
        ],
      }),
    });
  }

  router.get('/settings/two-step', async (request: Request, response: Response) => {
    const visit = await requireSession(dependencies, request, response);
    requireFresh(visit, '/settings/two-step');
    await showEnrolment(response, visit, UNTOUCHED);
  });

  router.post('/settings/two-step', async (request: Request, response: Response) => {
    const visit = await requireSession(dependencies, request, response);
    requireFresh(visit, '/settings/two-step');
    try {
      const { code } = readFields(codeFields, request);
      const { requestId, session } = visit;
      showRecoveryCodes(
        response,
        visit,
        await confirmTotp(dependencies, { personId: session.person.id, code, requestId }),
      );
    } catch (error) {
      await showEnrolment(response, visit, refusedForm(request, error));
    }
  });

  router.get('/settings/two-step/off', async (request: Request, response: Response) => {
    const visit = await requireSession(dependencies, request, response);
    requireFresh(visit, '/settings/two-step/off');
    renderSettings(response, visit, {
      title: 'Turn off two-step sign-in',
      body: panel({
        title: 'Turn it off?',
        text: 'Then your password alone signs you in, and your recovery codes end.',
        body: form({
          action: '/settings/two-step/off',
          csrfToken: visit.csrfToken,
          body: html`<div class="buttons">${button({ label: 'Turn off', kind: 'danger' })}${linkButton('Keep it on', linkIn(visit, '/settings/profile'), 'quiet')}</div>`,
        }),
      }),
    });
  });

  router.post('/settings/two-step/off', async (request: Request, response: Response) => {
    const visit = await requireSession(dependencies, request, response);
    requireFresh(visit, '/settings/two-step/off');
    await removeTotp(dependencies, { personId: visit.session.person.id, requestId: visit.requestId });
    return response.redirect(303, linkIn(visit, '/settings/profile?notice=two_step_off'));
  });

  return router;
}
