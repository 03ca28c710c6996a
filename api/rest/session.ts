import type { Request, Response } from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import { PublicError } from '../../core/errors.ts';
import { membershipsOf } from '../../core/services/memberships.ts';
import { csrfTokenFor } from '../sessions/csrf.ts';
import { findSession } from '../sessions/find-session.ts';

/** What a page's script needs before its first call: who is signed in, their organizations, and the CSRF token. */
export function sessionHandler(dependencies: Dependencies) {
  return async (request: Request, response: Response): Promise<void> => {
    const session = await findSession(dependencies, request);
    if (session === null) throw new PublicError('unauthenticated', 'Sign in on the dashboard.');
    const memberships = await membershipsOf(dependencies, session.person.id);
    response.json({
      person: session.person,
      organizations: memberships.map(({ organizationId, organizationName, role }) => ({
        id: organizationId,
        name: organizationName,
        role,
      })),
      csrf_token: await csrfTokenFor(dependencies, session),
    });
  };
}
