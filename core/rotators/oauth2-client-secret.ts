import type { z } from 'zod';
import type { oauth2ClientSecretRotator } from '../domain/rotators.ts';
import { requireHost } from './bound-request.ts';
import type { KeyProvider, RotatorContext } from './key-provider.ts';
import { createTemplateProvider } from './template-provider.ts';
import { askForToken } from './token-try-out.ts';

export type Oauth2ClientSecretSettings = z.output<typeof oauth2ClientSecretRotator>;

/** Adds and removes a client's secrets by declarative requests; a secret is tried by asking for an access token. */
export function createOauth2ClientSecretProvider(
  settings: Oauth2ClientSecretSettings,
  context: RotatorContext,
): KeyProvider {
  const { token_url: tokenUrl, client_id: clientId, scope, audience } = settings;
  return createTemplateProvider(settings, context, {
    settlingSeconds: settings.settling_seconds,
    async tryOut(clientSecret) {
      requireHost(tokenUrl, [context.credential]);
      const asked = await askForToken(context.agent, { tokenUrl, clientId, clientSecret, scope, audience });
      return 'token' in asked ? { outcome: 'accepted' } : asked;
    },
  });
}
