import { isLoopback } from './clients.ts';

/** The app that asks, as the page tells of it. */
export interface ConsentClient {
  id: string;
  name: string;
  /** The host that vouches for the ID, or null where the app registered itself under any name it liked. */
  idHost: string | null;
  redirectHost: string;
  /** For the page's Content-Security-Policy: where the form's answer leads. */
  redirectTarget: string;
  /** This request returns to the person's own computer, whatever else the app registered. */
  returnsToLoopback: boolean;
}

/** @param redirectUri where this request leads back to */
export function describeClient(
  client: { clientId: string; clientName?: string | undefined },
  redirectUri: string,
): ConsentClient {
  const redirect = new URL(redirectUri);
  return {
    id: client.clientId,
    name: readableName(client.clientName),
    idHost: URL.parse(client.clientId)?.host ?? null,
    redirectHost: redirect.host === '' ? redirect.protocol : redirect.host,
    redirectTarget: redirectTarget(redirect),
    returnsToLoopback: isLoopback(redirectUri),
  };
}

const LONGEST_NAME = 60;

/** An app chooses its name: nothing invisible, and nothing that turns the writing round, may stand in it. */
function readableName(name: string | undefined): string {
  const readable = (name ?? '').replace(/\p{C}/gu, '').trim();
  if (readable === '') return 'An app without a name';
  const characters = [...readable];
  return characters.length <= LONGEST_NAME ? readable : `${characters.slice(0, LONGEST_NAME).join('').trimEnd()}…`;
}

/** CSP has no notation for an IPv6 host, nor an origin for a scheme of an app's own. */
function redirectTarget({ protocol, origin, hostname }: URL): string {
  return origin === 'null' || hostname.startsWith('[') ? protocol : origin;
}
