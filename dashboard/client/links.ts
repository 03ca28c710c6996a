import { boot, organization } from './boot.ts';

/** The address of a page that the server renders, for the organization of this tab. */
export function serverPage(path: string): string {
  if (boot.organizations.length < 2) return path;
  const url = new URL(path, window.location.origin);
  url.searchParams.set('organization', organization.id);
  return url.pathname + url.search;
}
