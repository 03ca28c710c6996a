import type { Caller } from '../domain/caller.ts';
import { AREAS, type Area, scopeFor, scopesAllow } from '../domain/scopes.ts';

/** The areas whose operations a caller may see: a long-running operation is read with the scope of what it works on. */
export function readableAreas(caller: Caller): Area[] {
  if (caller.kind === 'session') return [...AREAS];
  return AREAS.filter((area) => scopesAllow(caller.scopes, scopeFor('R', area)));
}
