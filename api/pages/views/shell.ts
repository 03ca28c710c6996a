import { CSRF_FIELD } from '../../sessions/csrf.ts';
import { linkIn, type Visit } from '../../sessions/visit.ts';
import { type Html, html } from '../html.ts';
import { logo } from './logo.ts';

export type Section = 'overview' | 'agents' | 'credentials' | 'operations' | 'settings';

const SECTIONS: { section: Section; label: string; path: string }[] = [
  { section: 'overview', label: 'Overview', path: '/' },
  { section: 'agents', label: 'Agents', path: '/agents' },
  { section: 'credentials', label: 'Credentials', path: '/credentials' },
  { section: 'operations', label: 'Operations', path: '/operations' },
  { section: 'settings', label: 'Settings', path: '/settings' },
];

/** The app's frame: bar with navigation, organization and person; then the page. */
export function shell(visit: Visit, current: Section, body: Html): Html {
  return html`<body>
<a class="skip" href="#content">Skip to content</a>
<header class="bar">
<a class="home" href="${linkIn(visit, '/')}" aria-label="AgentGateway, to the overview">${logo()}</a>
${organizationMenu(visit, current)}
<nav class="sections" aria-label="Main">${SECTIONS.map(({ section, label, path }) =>
    section === current
      ? html`<a href="${linkIn(visit, path)}" aria-current="page">${label}</a>`
      : html`<a href="${linkIn(visit, path)}">${label}</a>`,
  )}</nav>
${personMenu(visit)}
</header>
<main class="content" id="content">
${body}
</main>
</body>`;
}

/** Another organization opens at the same section: what the page shows may not exist there. */
function organizationMenu({ organization, memberships }: Visit, current: Section): Html | null {
  if (organization === null) return null;
  const path = SECTIONS.find(({ section }) => section === current)?.path ?? '/';
  return html`<details class="menu" name="bar-menu"><summary aria-label="Organization ${organization.organizationName}"><span class="menu-name">${organization.organizationName}</span></summary>
<div class="menu-list"><p class="menu-title">Organizations</p>${memberships.map(
    (membership) =>
      html`<a href="${path}?organization=${membership.organizationId}"${
        membership.organizationId === organization.organizationId ? html` aria-current="true"` : ''
      }>${membership.organizationName}<small>${membership.role}</small></a>`,
  )}<a class="menu-apart" href="/organizations/new">New organization</a></div></details>`;
}

function personMenu(visit: Visit): Html {
  const { person } = visit.session;
  return html`<details class="menu person" name="bar-menu"><summary aria-label="Your account"><span class="avatar" aria-hidden="true">${initial(person.name)}</span></summary>
<div class="menu-list"><p class="menu-title">${person.name}<small>${person.email}</small></p>
<a href="${linkIn(visit, '/settings/profile')}">Your profile</a>
<form method="post" action="/sign-out" class="menu-apart"><input type="hidden" name="${CSRF_FIELD}" value="${visit.csrfToken}"><button type="submit">Sign out</button></form></div></details>`;
}

function initial(name: string): string {
  return ([...name.trim()][0] ?? '?').toUpperCase();
}
