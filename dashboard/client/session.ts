import { boot } from './boot.ts';
import { connection, reportSignedIn, reportSignedOut } from './connection.ts';

let token = boot.csrf_token;

/** What `X-CSRF-Token` carries. */
export function csrfToken(): string {
  return token;
}

/** Tabs of one browser share the session: whoever signs in tells the others. */
const tabs = new BroadcastChannel('agentgateway-session');

/**
 * Asks who is signed in now. The same person goes on where they were, with the new session's CSRF token; for anybody
 * else, or one who left this organization, the page is loaded anew.
 */
export async function lookAgain(): Promise<void> {
  const response = await fetch('/api/v1/session', { cache: 'no-store' }).catch(() => null);
  if (response?.status === 401) return reportSignedOut();
  if (!response?.ok) return;
  const { person, organizations, csrf_token } = await response.json();
  const isMember = organizations.some(({ id }: { id: string }) => id === boot.organization);
  if (person.id !== boot.person.id || !isMember) return window.location.reload();
  token = csrf_token;
  reportSignedIn();
}

function lookIfSignedOut(): void {
  if (connection.get() === 'signed_out') void lookAgain();
}

/** Follows sign-ins of other tabs, and tells them of this one's: it was loaded with a session. */
export function followSession(): void {
  tabs.addEventListener('message', ({ data }) => {
    if (data === 'signed in') lookIfSignedOut();
  });
  window.addEventListener('focus', lookIfSignedOut);
  document.addEventListener('visibilitychange', () => {
    if (document.visibilityState === 'visible') lookIfSignedOut();
  });
  tabs.postMessage('signed in');
}
