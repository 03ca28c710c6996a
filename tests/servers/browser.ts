import { parseSetCookie } from 'cookie';

interface StoredCookie {
  value: string;
  path: string;
}

/** As much of a browser as the pages need, which work without a script: cookies by path, redirects by hand. */
export interface TestBrowser {
  get(url: string | URL, headers?: Record<string, string>): Promise<Response>;
  post(url: string | URL, fields: Record<string, string>, headers?: Record<string, string>): Promise<Response>;
  /** As a page's script would. */
  send(url: string | URL, init: RequestInit): Promise<Response>;
  setCookie(name: string, value: string): void;
}

export function openBrowser(origin: string): TestBrowser {
  const cookies = new Map<string, StoredCookie>();

  function cookieHeader(pathname: string): string {
    const sent = [...cookies].filter(
      ([, { path }]) => pathname === path || pathname.startsWith(path.replace(/\/?$/, '/')),
    );
    return sent.map(([key, { value }]) => `${key.split(' ')[0]}=${value}`).join('; ');
  }

  async function send(address: string | URL, init: RequestInit): Promise<Response> {
    const url = new URL(address, origin);
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      headers: { ...(init.headers as Record<string, string>), cookie: cookieHeader(url.pathname) },
    });
    for (const line of response.headers.getSetCookie()) {
      const { name, value = '', path = '/' } = parseSetCookie(line);
      cookies.set(`${name} ${path}`, { value, path });
    }
    return response;
  }

  return {
    send,
    get: (url, headers = {}) => send(url, { method: 'GET', headers }),
    post: (url, fields, headers = {}) => send(url, { method: 'POST', body: new URLSearchParams(fields), headers }),
    setCookie: (name, value) => {
      cookies.set(`${name} /`, { value, path: '/' });
    },
  };
}

/** What a browser would post if a page's first form with this action were sent as it stands. */
export function formFields(page: string, action: string): Record<string, string> {
  const start = page.indexOf(`action="${action}"`);
  if (start < 0) throw new Error(`The page has no form to ${action}:\n${page}`);
  const form = page.slice(start, page.indexOf('</form>', start));
  const fields: Record<string, string> = {};
  for (const [input] of form.matchAll(/<input[^>]*>/g)) {
    const attribute = (name: string) => new RegExp(` ${name}="([^"]*)"`).exec(input)?.[1];
    const name = attribute('name');
    const isOff = / disabled/.test(input) || (attribute('type') === 'radio' && !/ checked/.test(input));
    if (name !== undefined && !isOff) fields[name] = attribute('value') ?? '';
  }
  return fields;
}
