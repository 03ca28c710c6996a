import { placeholdersOf, type RotatorRequest } from '../domain/rotator-request.ts';
import type { KeyRequests, RotatorSettings } from '../domain/rotators.ts';
import { parseUpstreamUrl, type UpstreamUrl } from '../outbound/upstream-url.ts';
import type { HttpSettings } from './http.ts';
import { agentgatewayKeyRequests, openaiServiceAccount, sendgridApiKey } from './presets.ts';

export interface RotatorDestination {
  upstream: UpstreamUrl;
  /** Whose secret goes there: the rotated credential's, or that of `admin_credential`. */
  secretOf: 'credential' | 'admin';
}

/**
 * Every place to which a rotator sends a secret. Invariant 9 binds each to the allowed hosts of the credential whose
 * secret it is; the requests themselves are bound once more when they are sent.
 * @throws UpstreamUrlError
 */
export function rotatorDestinations(settings: RotatorSettings): RotatorDestination[] {
  switch (settings.kind) {
    case 'manual':
      return [];
    case 'aws_iam':
      return [at('admin', originOf(settings.iam_url)), at('credential', originOf(settings.sts_url))];
    case 'http':
      return ofHttp(settings);
    case 'openai_service_account':
      return ofHttp(openaiServiceAccount(settings));
    case 'sendgrid_api_key':
      return ofHttp(sendgridApiKey(settings));
    case 'oauth2_client_secret':
      return [...ofKeyRequests(settings), at('credential', originOf(settings.token_url))];
    case 'agentgateway_key':
      return [...ofKeyRequests(agentgatewayKeyRequests(settings)), at('credential', originOf(settings.relay_url))];
  }
}

function ofHttp(settings: HttpSettings): RotatorDestination[] {
  return [...ofKeyRequests(settings), ...(settings.verify === undefined ? [] : ofRequest(settings.verify.request))];
}

function ofKeyRequests({ mint, find, revoke }: KeyRequests): RotatorDestination[] {
  return [mint.request, ...(find === undefined ? [] : [find.request]), revoke.request].flatMap(ofRequest);
}

function ofRequest(request: RotatorRequest): RotatorDestination[] {
  const used = placeholdersOf(request);
  // Placeholders stand behind the host only.
  const [origin = ''] = /^https?:\/\/[^/]*/i.exec(request.url) ?? [];
  return [
    ...(used.has('admin_secret') ? [at('admin', origin)] : []),
    ...(used.has('secret') || !used.has('admin_secret') ? [at('credential', origin)] : []),
  ];
}

function at(secretOf: RotatorDestination['secretOf'], origin: string): RotatorDestination {
  return { upstream: parseUpstreamUrl(origin), secretOf };
}

function originOf(url: string): string {
  return new URL(url).origin;
}
