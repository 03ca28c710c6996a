import { type Html, html } from '../html.ts';

/** The mark, an arch with a call passing through, and the name beside it. */
export function logo(): Html {
  return html`<span class="logo"><svg class="mark" viewBox="0 0 24 24" width="24" height="24" aria-hidden="true"><rect class="mark-ground" width="24" height="24" rx="6"/><path class="mark-line" d="M6.5 6v12M17.5 6v12M9 12h5.6m-2.3-2.5L14.8 12l-2.5 2.5"/></svg><span class="logo-name">Agent<span>Gateway</span></span></span>`;
}
