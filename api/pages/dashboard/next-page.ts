import { type Html, html } from '../html.ts';
import { linkButton } from '../views/form.ts';

/** The way to a list's next page, where there is one. */
export function nextPage(path: string, cursor: string | null): Html | null {
  if (cursor === null) return null;
  const separator = path.includes('?') ? '&' : '?';
  return html`<p>${linkButton('Next page', `${path}${separator}cursor=${cursor}`, 'secondary')}</p>`;
}
