import type { Caller } from '../domain/caller.ts';
import { AREAS, type Area, apiTokenScopesOfRole, scopeFor, scopesAllow } from '../domain/scopes.ts';
import { PublicError } from '../errors.ts';
import type { OperationArea, OperationReader } from '../services/operations.ts';

/** Who reads long-running operations. */
export function readerOf(caller: Caller): OperationReader {
  return { person: caller.person, role: caller.role, areas: readableAreas(caller) };
}

/**
 * The areas whose operations a caller may see: a long-running operation is read with the scope of what it works on.
 * Those on people's access are for people, and for API tokens that can do all that their maker can.
 */
function readableAreas(caller: Caller): OperationArea[] {
  if (caller.kind === 'session') return [...AREAS, 'access'];
  const { kind, role, scopes } = caller;
  const areas = AREAS.filter((area) => scopesAllow(scopes, scopeFor('R', area)));
  const isWhole = kind === 'api_token' && apiTokenScopesOfRole(role).every((scope) => scopesAllow(scopes, scope));
  return isWhole ? [...areas, 'access'] : areas;
}

/**
 * Changing a long-running operation needs the scope of what it works on.
 * @throws PublicError `insufficient_scope`
 */
export function requireWritable(caller: Caller, { area }: { area: string }): void {
  if (caller.kind === 'session' || area === 'access') return;
  const scope = scopeFor('W', area as Area);
  if (scopesAllow(caller.scopes, scope)) return;
  throw new PublicError('insufficient_scope', `This needs the scope ${scope}, which was not granted.`, {
    members: { scope },
  });
}
