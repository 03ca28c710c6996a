import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Dependencies } from '../../core/dependencies.ts';
import { PublicError } from '../../core/errors.ts';
import { newBearerSecret } from '../../core/vault/bearer-secret.ts';
import { readCookie, setCookie } from './cookies.ts';

type CsrfDependencies = Pick<Dependencies, 'config' | 'instanceKeys'>;

/** The member of every form that carries its CSRF token. */
export const CSRF_FIELD = 'csrf_token';

async function sign({ instanceKeys }: CsrfDependencies, binding: string): Promise<string> {
  return createHmac('sha256', await instanceKeys.key('csrf'))
    .update(binding)
    .digest('base64url');
}

/** The CSRF token of a signed-in browser: in forms, and in `X-CSRF-Token` over REST. */
export function csrfTokenFor(dependencies: CsrfDependencies, session: { id: string }): Promise<string> {
  return sign(dependencies, `session|${session.id}`);
}

/** The CSRF token of forms that are shown before the sign-in; sets the cookie that it is bound to where there is none. */
export async function csrfTokenForVisitor(
  dependencies: CsrfDependencies,
  request: Request,
  response: Response,
): Promise<string> {
  const present = readCookie(dependencies.config, request, 'form');
  const bound = present ?? newBearerSecret('ags_');
  if (present === undefined) setCookie(dependencies.config, response, 'form', bound);
  return sign(dependencies, `form|${bound}`);
}

function equal(left: string, right: string): boolean {
  const [leftBytes, rightBytes] = [Buffer.from(left), Buffer.from(right)];
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes);
}

/** Whether the browser says that the request comes from a page of ours; old browsers say nothing. */
function comesFromUs(publicUrl: string, request: Request): boolean {
  const { origin, 'sec-fetch-site': site } = request.headers;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') return false;
  // A page with `Referrer-Policy: no-referrer` posts its forms with `Origin: null`; Sec-Fetch-Site tells the rest.
  return origin === undefined || origin === 'null' || origin === new URL(publicUrl).origin;
}

/** Whether a CSRF token is the signed-in browser's own and the request comes from a page of ours. */
export async function csrfIsValid(
  dependencies: CsrfDependencies,
  request: Request,
  session: { id: string } | null,
  presented: unknown,
): Promise<boolean> {
  if (!comesFromUs(dependencies.config.publicUrl, request) || typeof presented !== 'string') return false;
  if (session !== null) return equal(presented, await csrfTokenFor(dependencies, session));
  const bound = readCookie(dependencies.config, request, 'form');
  return bound !== undefined && equal(presented, await sign(dependencies, `form|${bound}`));
}

/**
 * Refuses a form that another site made the browser post.
 * @param session the signed-in session, or null for forms before the sign-in
 * @throws PublicError `forbidden`
 */
export async function requireCsrf(
  dependencies: CsrfDependencies,
  request: Request,
  session: { id: string } | null,
): Promise<void> {
  if (await csrfIsValid(dependencies, request, session, request.body?.[CSRF_FIELD])) return;
  throw new PublicError('forbidden', 'This form is out of date. Go back, reload the page and send it again.');
}
