import type { Request, Response } from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import { roleAtLeast } from '../../core/domain/roles.ts';
import { PublicError } from '../../core/errors.ts';
import type { PersonMembership } from '../../core/services/memberships.ts';
import { findOneTimeLink, ONE_TIME_LINK_MINUTES, type OneTimeLink } from '../../core/services/one-time-links.ts';
import { callerIn, type MemberVisit, requireSession, type Visit } from '../sessions/visit.ts';
import { html } from './html.ts';
import { renderPage } from './layout.ts';
import { renderDeadLink } from './page-errors.ts';
import { linkButton } from './views/form.ts';
import { heading } from './views/pieces.ts';

export interface OpenedLink {
  link: OneTimeLink;
  visit: Visit;
  caller: MemberVisit['caller'];
}

const NEXT_STEP: Record<OneTimeLink['kind'], string> = {
  entry: 'Ask for a new one.',
  reveal: 'A key that nobody saw is destroyed. Make a new one.',
};

const STATE: Record<OneTimeLink['state'], string> = {
  open: '',
  used: 'This link was used already.',
  ended: 'A newer link took the place of this one.',
  expired: `This link was good for ${ONE_TIME_LINK_MINUTES} minutes and is over.`,
};

/**
 * Opens the page of a one-time link for who may use it. Anyone else gets a page that says who can. Nothing here uses
 * the link up: mail scanners fetch links too.
 * @returns null when a page was sent already
 */
export async function openLink(
  dependencies: Dependencies,
  request: Request,
  response: Response,
  kind: OneTimeLink['kind'],
): Promise<OpenedLink | null> {
  const visit = await requireSession(dependencies, request, response);
  const link = await findOneTimeLink(dependencies, kind, String(request.params.link));
  if (link === null) {
    renderDeadLink(response, `Nobody made this link. Check that you copied all of it. ${NEXT_STEP[kind]}`);
    return null;
  }
  const organization = visit.memberships.find(({ organizationId }) => organizationId === link.organizationId);
  if (organization === undefined || !mayOpen(link, visit, organization)) {
    renderNotYours(response, link, visit);
    return null;
  }
  if (link.state !== 'open') {
    renderDeadLink(response, `${STATE[link.state]} ${NEXT_STEP[kind]}`);
    return null;
  }
  return { link, visit, caller: callerIn(visit, organization) };
}

/** A reveal opens for the asker alone, an entry for every manager and admin of the organization; roles as of now. */
function mayOpen({ kind, personId }: OneTimeLink, { session }: Visit, { role }: PersonMembership): boolean {
  return roleAtLeast(role, 'manager') && (kind === 'entry' || personId === session.person.id);
}

function renderNotYours(response: Response, { kind }: OneTimeLink, { session }: Visit): void {
  const who =
    kind === 'entry'
      ? 'A manager or admin of the organization that it was made for can open it.'
      : 'Only the person who asked for the key can open it, as a manager or admin of its organization.';
  renderPage(response, {
    title: 'This link is for somebody else',
    status: 403,
    body: html`${heading('This link is for somebody else', html`${who} You are signed in as <strong>${session.person.email}</strong>. Nothing was used up.`)}
${linkButton('Go to the dashboard', '/', 'secondary')}`,
  });
}

/** The link was used up meanwhile, or what it is for is done: no form can mend that. */
export function isConflict(error: unknown): error is PublicError {
  return error instanceof PublicError && error.code === 'conflict';
}
