import type { Caller } from '../domain/caller.ts';
import { AREAS, type Area, scopeFor, scopesAllow } from '../domain/scopes.ts';
import { PublicError } from '../errors.ts';

/** The areas whose operations a caller may see: a long-running operation is read with the scope of what it works on. */
export function readableAreas(caller: Caller): Area[] {
  if (caller.kind === 'session') return [...AREAS];
  return AREAS.filter((area) => scopesAllow(caller.scopes, scopeFor('R', area)));
}

/**
 * Changing a long-running operation needs the scope of what it works on.
 * @throws PublicError `insufficient_scope`
 */
export function requireWritable(caller: Caller, { area }: { area: string }): void {
  if (caller.kind === 'session') return;
  const scope = scopeFor('W', area as Area);
  if (scopesAllow(caller.scopes, scope)) return;
  throw new PublicError('insufficient_scope', `This needs the scope ${scope}, which was not granted.`, {
    members: { scope },
  });
}
