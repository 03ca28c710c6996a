import type { Request } from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import type { Caller } from '../../core/domain/caller.ts';
import { PublicError } from '../../core/errors.ts';
import { findApiTokenCaller } from '../../core/services/api-tokens.ts';
import { membershipsOf } from '../../core/services/memberships.ts';
import { csrfIsValid } from '../sessions/csrf.ts';
import { findSession } from '../sessions/find-session.ts';

/**
 * Who calls the REST API: an API token, or a person's session with its CSRF token. OAuth's access tokens are for
 * `/api/mcp` alone (their audience, RFC 8707).
 * @throws PublicError `unauthenticated` or `forbidden` that says what to present
 */
export async function authenticateRest(
  dependencies: Dependencies,
  request: Request,
  requestId: string,
): Promise<Caller> {
  const authorization = request.get('authorization');
  if (authorization !== undefined) {
    const presented = /^Bearer (agt_\S+)$/i.exec(authorization)?.[1];
    const caller = presented === undefined ? null : await findApiTokenCaller(dependencies, presented, requestId);
    if (caller === null) {
      throw new PublicError(
        'unauthenticated',
        'Present a valid API token: "Authorization: Bearer agt_…". Make one under Settings → API tokens.',
      );
    }
    return caller;
  }
  const session = await findSession(dependencies, request);
  if (session === null) {
    throw new PublicError(
      'unauthenticated',
      'Present an API token ("Authorization: Bearer agt_…") or sign in on the dashboard.',
    );
  }
  if (request.method !== 'GET' && !(await csrfIsValid(dependencies, request, session, request.get('x-csrf-token')))) {
    throw new PublicError(
      'forbidden',
      'With a session, send its CSRF token in X-CSRF-Token (GET /api/v1/session tells it).',
    );
  }
  const memberships = await membershipsOf(dependencies, session.person.id);
  const wanted = request.get('x-agentgateway-organization');
  const membership =
    wanted === undefined ? memberships[0] : memberships.find(({ organizationId }) => organizationId === wanted);
  if (membership === undefined) {
    throw new PublicError(
      'forbidden',
      'You are no member of this organization. Name one of yours in X-AgentGateway-Organization.',
    );
  }
  return { kind: 'session', sessionId: session.id, person: session.person, ...membership, requestId };
}
