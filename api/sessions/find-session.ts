import type { Request } from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import { findSessionByPresented, type SessionWithPerson } from '../../core/services/sessions.ts';
import { readCookie } from './cookies.ts';

export type { SessionWithPerson };

const found = new WeakMap<Request, Promise<SessionWithPerson | null>>();

/** The session whose cookie the request carries, or null; looked up once a request. */
export function findSession(
  dependencies: Pick<Dependencies, 'config' | 'database'>,
  request: Request,
): Promise<SessionWithPerson | null> {
  const known = found.get(request);
  if (known !== undefined) return known;
  const presented = readCookie(dependencies.config, request, 'session');
  const finding = presented === undefined ? Promise.resolve(null) : findSessionByPresented(dependencies, presented);
  found.set(request, finding);
  return finding;
}
