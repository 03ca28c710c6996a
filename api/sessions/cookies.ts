import { parseCookie, stringifySetCookie } from 'cookie';
import type { Request, Response } from 'express';
import type { Config } from '../../core/config.ts';

/** `session`: signed in; `form`: what forms before the sign-in are bound to; `code`: between password and code. */
export type CookieName = 'session' | 'form' | 'code' | 'organization';

type CookieConfig = Pick<Config, 'publicUrl'>;

/** The longest that browsers keep a cookie. The server decides how long a session lasts. */
const LONGEST_SECONDS = 400 * 86_400;

function isHttps({ publicUrl }: CookieConfig): boolean {
  return publicUrl.startsWith('https://');
}

/** Over https the `__Host-` prefix keeps other hosts of the same domain from setting our cookies (RFC 6265bis §4.1.3.2). */
function fullName(config: CookieConfig, name: CookieName): string {
  return `${isHttps(config) ? '__Host-' : ''}ag_${name}`;
}

export function readCookie(config: CookieConfig, request: Request, name: CookieName): string | undefined {
  const header = request.headers.cookie;
  return header === undefined ? undefined : parseCookie(header)[fullName(config, name)];
}

export function setCookie(
  config: CookieConfig,
  response: Response,
  name: CookieName,
  value: string,
  maxAge = LONGEST_SECONDS,
): void {
  response.append(
    'Set-Cookie',
    stringifySetCookie({
      name: fullName(config, name),
      value,
      maxAge,
      path: '/',
      httpOnly: true,
      sameSite: 'lax',
      secure: isHttps(config),
    }),
  );
}

export function clearCookie(config: CookieConfig, response: Response, name: CookieName): void {
  setCookie(config, response, name, '', 0);
}
