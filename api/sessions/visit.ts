import type { Request, Response } from 'express';
import { v7 as uuid } from 'uuid';
import type { Dependencies } from '../../core/dependencies.ts';
import type { Caller } from '../../core/domain/caller.ts';
import { type Role, roleAtLeast } from '../../core/domain/roles.ts';
import { PublicError } from '../../core/errors.ts';
import { membershipsOf, type PersonMembership } from '../../core/services/memberships.ts';
import { isFresh, type SessionWithPerson } from '../../core/services/sessions.ts';
import { readCookie, setCookie } from './cookies.ts';
import { csrfTokenFor, requireCsrf } from './csrf.ts';
import { findSession } from './find-session.ts';
import { WrongOrganization } from './wrong-organization.ts';

/** A signed-in person on a page. */
export interface Visit {
  session: SessionWithPerson;
  memberships: PersonMembership[];
  /** The organization that the page shows; null for who belongs to none. */
  organization: PersonMembership | null;
  /** For the page's forms. */
  csrfToken: string;
  requestId: string;
}

/** A visit to a page of one organization. */
export interface MemberVisit extends Visit {
  organization: PersonMembership;
  /** For `invoke`. */
  caller: Extract<Caller, { kind: 'session' }>;
}

/** Sends the browser elsewhere; the pages' error handler turns it into 303. */
export class PageRedirect extends Error {
  override readonly name = 'PageRedirect';
  readonly location: string;

  constructor(location: string) {
    super('see other');
    this.location = location;
  }
}

/** The request's ID as the app gave it. */
export function requestIdOf(response: Response): string {
  const { requestId } = response.locals as { requestId?: unknown };
  return typeof requestId === 'string' ? requestId : uuid();
}

/** Where to come back to after a detour: a form cannot be sent again, so its page's own path counts. */
function returnPath(request: Request): string {
  return request.method === 'GET' || request.method === 'HEAD' ? request.originalUrl : request.baseUrl + request.path;
}

/**
 * The signed-in person; anyone else is sent to `/sign-in` and comes back. A POST is refused without its CSRF token.
 * @throws PageRedirect, WrongOrganization, PublicError `forbidden`
 */
export async function requireSession(dependencies: Dependencies, request: Request, response: Response): Promise<Visit> {
  const session = await findSession(dependencies, request);
  if (session === null) {
    throw new PageRedirect(`/sign-in?${new URLSearchParams({ return_to: returnPath(request) })}`);
  }
  if (request.method !== 'GET' && request.method !== 'HEAD') await requireCsrf(dependencies, request, session);
  const memberships = await membershipsOf(dependencies, session.person.id);
  return {
    session,
    memberships,
    organization: chooseOrganization(dependencies, request, response, { session, memberships }),
    csrfToken: await csrfTokenFor(dependencies, session),
    requestId: requestIdOf(response),
  };
}

/**
 * The same for a page of an organization; who belongs to none is sent to make one.
 * @throws WrongOrganization, PublicError `forbidden` for too low a role
 */
export async function requireMember(
  dependencies: Dependencies,
  request: Request,
  response: Response,
  role: Role = 'operator',
): Promise<MemberVisit> {
  const visit = await requireSession(dependencies, request, response);
  const { organization } = visit;
  if (organization === null) throw new PageRedirect('/organizations/new');
  if (!roleAtLeast(organization.role, role)) {
    throw new PublicError(
      'forbidden',
      `This page needs role ${role}; you are ${organization.role} in ${organization.organizationName}. Ask an organization admin.`,
    );
  }
  return { ...visit, organization, caller: callerIn(visit, organization) };
}

/** The caller that a visit is, in one of the person's organizations. */
export function callerIn(visit: Visit, organization: PersonMembership): MemberVisit['caller'] {
  return {
    kind: 'session',
    sessionId: visit.session.id,
    person: visit.session.person,
    organizationId: organization.organizationId,
    organizationName: organization.organizationName,
    role: organization.role,
    requestId: visit.requestId,
  };
}

/** Sends a person whose last proof of who they are is over 10 minutes old to give it again, and back. */
export function requireFresh(visit: Visit, returnTo: string): void {
  if (isFresh(visit.session)) return;
  throw new PageRedirect(`/reauthenticate?${new URLSearchParams({ return_to: returnTo })}`);
}

/** The page names its organization (tabs differ); otherwise it is the last one, or the person's first. */
function chooseOrganization(
  { config }: Pick<Dependencies, 'config'>,
  request: Request,
  response: Response,
  visit: Pick<Visit, 'session' | 'memberships'>,
): PersonMembership | null {
  const { memberships } = visit;
  const named = request.query.organization;
  if (named !== undefined) {
    const membership = memberships.find(({ organizationId }) => organizationId === named);
    if (membership === undefined) {
      throw new WrongOrganization(visit, request.method === 'GET' ? request.baseUrl + request.path : '/');
    }
    setCookie(config, response, 'organization', membership.organizationId);
    return membership;
  }
  const last = readCookie(config, request, 'organization');
  return memberships.find(({ organizationId }) => organizationId === last) ?? memberships[0] ?? null;
}

/** A path that keeps the visit's organization, so that tabs of different organizations stay apart. */
export function linkIn({ organization, memberships }: Visit, path: string): string {
  if (organization === null || memberships.length < 2) return path;
  const url = new URL(path, 'http://here.invalid');
  url.searchParams.set('organization', organization.organizationId);
  return url.pathname + url.search;
}
