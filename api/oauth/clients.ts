import type { ClientMetadata } from 'oidc-provider';

/**
 * Claude's own clients. Their IDs are addresses of metadata documents, but fetching those from a data centre may be
 * refused: what they say is registered here.
 */
export const staticClients: ClientMetadata[] = [
  {
    client_id: 'https://claude.ai/oauth/mcp-oauth-client-metadata',
    client_name: 'Claude',
    client_uri: 'https://claude.ai',
    application_type: 'web',
    // Anthropic says that the callback may move to the second.
    redirect_uris: ['https://claude.ai/api/mcp/auth_callback', 'https://claude.com/api/mcp/auth_callback'],
  },
  {
    client_id: 'https://claude.ai/oauth/claude-code-client-metadata',
    client_name: 'Claude Code',
    client_uri: 'https://claude.ai',
    // Native: any port of a loopback redirect matches (RFC 8252 §7.3).
    application_type: 'native',
    redirect_uris: ['http://localhost/callback', 'http://127.0.0.1/callback'],
  },
];

const LOOPBACK_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);

/** Whether a redirect stays on the machine of the person who consents. */
export function isLoopback(redirectUri: string): boolean {
  const url = URL.parse(redirectUri);
  return url !== null && url.protocol === 'http:' && LOOPBACK_HOSTS.has(url.hostname);
}

/** Whether a redirect leads to an app by a scheme of its own, `com.example.app:/callback` (RFC 8252 §7.1). */
export function isPrivateScheme(redirectUri: string): boolean {
  const url = URL.parse(redirectUri);
  return url !== null && url.protocol !== 'http:' && url.protocol !== 'https:';
}
