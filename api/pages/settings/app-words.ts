import { AREAS, scopesAllow } from '../../../core/domain/scopes.ts';

/** "Reads and writes agents, email; reads audit" */
export function accessText(scopes: string[]): string {
  const held = new Set(scopes);
  const written = AREAS.filter((area) => held.has(`${area}:write`));
  const readOnly = AREAS.filter((area) => !held.has(`${area}:write`) && scopesAllow(held, `${area}:read`));
  const parts = [
    written.length > 0 && `reads and writes ${written.join(', ')}`,
    readOnly.length > 0 && `reads ${readOnly.join(', ')}`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'nothing' : parts.join('; ');
}

/** Who vouches for the app's name: the host of its ID, or nobody. */
export function clientText({ client_id: clientId }: { client_id: string }): string {
  return URL.parse(clientId)?.host ?? 'registered by the app itself';
}
