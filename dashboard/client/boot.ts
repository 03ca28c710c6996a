import type { BootFacts } from './boot-facts.ts';

export const boot = JSON.parse(document.getElementById('boot')?.textContent ?? '') as BootFacts;

/** For the style elements that the component kit adds: the policy of the page allows no others. */
export const styleNonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

const ownOrganization = boot.organizations.find(({ id }) => id === boot.organization);
if (ownOrganization === undefined) throw new Error('The page names no organization of the person.');

/** The organization that this tab shows, with the person's role in it. The server asks for roles anew at each call. */
export const organization = ownOrganization;
