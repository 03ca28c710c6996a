import type { Request, Response } from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import { endSession } from '../../core/services/sessions.ts';
import { clearCookie, setCookie } from './cookies.ts';
import { findSession } from './find-session.ts';

/** Gives the browser its new session; an earlier one of this browser ends, and so do the cookies of earlier forms. */
export async function startSession(
  dependencies: Dependencies,
  request: Request,
  response: Response,
  presented: string,
): Promise<void> {
  const earlier = await findSession(dependencies, request);
  if (earlier !== null) await endSession(dependencies, { id: earlier.id, personId: earlier.person.id });
  setCookie(dependencies.config, response, 'session', presented);
  clearCookie(dependencies.config, response, 'form');
  clearCookie(dependencies.config, response, 'code');
}
