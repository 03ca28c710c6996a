import type { Request, Response } from 'express';
import { z } from 'zod';
import type { Dependencies } from '../../../core/dependencies.ts';
import { PublicError } from '../../../core/errors.ts';
import { credentialView } from '../../../core/operations/views.ts';
import { readAllowedHosts } from '../../../core/services/allowed-hosts.ts';
import { linkIn, type MemberVisit, requireMember } from '../../sessions/visit.ts';
import { html } from '../html.ts';
import { renderPage } from '../layout.ts';
import { button, form, hidden, linkButton } from '../views/form.ts';
import { code, heading, notice } from '../views/pieces.ts';
import { run } from './run.ts';

const answer = z.object({ credential: credentialView });

/** The one host that the page asks about, normalised. */
function readHost(value: unknown): string {
  const [host] = typeof value === 'string' ? readAllowedHosts([value]) : [];
  if (host === undefined)
    throw new PublicError('invalid_request', 'This address names no host. Use the allow_url that you were given.');
  return host;
}

function find(dependencies: Dependencies, visit: MemberVisit, request: Request) {
  return run(dependencies, visit, 'get_credential', { credential: request.params.credential }, answer);
}

/** `/credentials/{credential}/allow-host`: asks a manager or admin whether a secret may be sent to one more host. */
export function allowHostPage(dependencies: Dependencies) {
  return async (request: Request, response: Response): Promise<void> => {
    const visit = await requireMember(dependencies, request, response, 'manager');
    const host = readHost(request.query.host);
    const { credential } = await find(dependencies, visit, request);
    const current = credential.allowed_hosts.length === 0 ? ['nowhere'] : credential.allowed_hosts;
    const body = credential.allowed_hosts.includes(host)
      ? notice('success', html`“${credential.name}” may be sent to ${code(host)}. Repeat what was refused.`)
      : html`${notice(
          'warning',
          html`Whoever runs ${code(host)} will be able to read this secret. Allow it only if you asked for this and know the host.`,
        )}
<dl class="facts"><dt>Credential</dt><dd>${credential.name} ${credential.fingerprint !== null && code(credential.fingerprint)}</dd>
<dt>May be sent to now</dt><dd>${current.map((entry) => html`${code(entry)} `)}</dd><dt>To be added</dt><dd>${code(host)}</dd></dl>
${form({
  action: linkIn(visit, `/credentials/${credential.id}/allow-host`),
  csrfToken: visit.csrfToken,
  body: html`${hidden('host', host)}<div class="buttons">${button({ label: 'Allow this host' })}${linkButton('Leave as it is', linkIn(visit, '/credentials'), 'secondary')}</div>`,
})}`;
    renderPage(response, {
      title: 'Allow a host',
      shell: { visit, section: 'credentials' },
      body: html`${heading('Allow a host', `May the credential “${credential.name}” be sent to one more host?`)}${body}`,
    });
  };
}

export function allowHost(dependencies: Dependencies) {
  return async (request: Request, response: Response): Promise<void> => {
    const visit = await requireMember(dependencies, request, response, 'manager');
    const host = readHost((request.body as { host?: unknown } | undefined)?.host);
    const { credential } = await find(dependencies, visit, request);
    await run(
      dependencies,
      visit,
      'update_credential',
      {
        credential: credential.id,
        allowed_hosts: [...new Set([...credential.allowed_hosts, host])],
        expected_version: credential.version,
      },
      answer,
    );
    const query = new URLSearchParams({ host, organization: visit.organization.organizationId });
    response.redirect(303, `/credentials/${credential.id}/allow-host?${query}`);
  };
}
