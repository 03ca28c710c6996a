import type { RotatorSettings } from '../domain/rotators.ts';
import { createAgentgatewayKeyProvider } from './agentgateway-key.ts';
import { createAwsIamProvider } from './aws-iam.ts';
import { createHttpProvider } from './http.ts';
import type { KeyProvider, RotatorContext, TryOut } from './key-provider.ts';
import { createManualProvider } from './manual.ts';
import { createOauth2ClientSecretProvider } from './oauth2-client-secret.ts';
import { openaiServiceAccount, sendgridApiKey } from './presets.ts';
import { probeTryOut } from './probe.ts';
import type { ProbeTarget } from './probe-request.ts';
import { type Rotator, RotatorError, type Verdict } from './rotator.ts';

/** How long to wait before asking a provider that has not settled yet once more. */
const SETTLING_RETRY_SECONDS = 2;

/**
 * The rotator of a credential.
 * @param probe the credential's probe; it goes before the rotator's own way to try a value, since it is the real use
 */
export function createRotator(settings: RotatorSettings, context: RotatorContext, probe: ProbeTarget | null): Rotator {
  const probeIt = probe === null ? null : probeTryOut(probe, context);
  const provider = createProvider(settings, context, probeIt);
  const tryOut = probeIt ?? provider.tryOut ?? untried;
  const { settlingSeconds } = provider;
  return {
    mints: provider.mints,
    plan: provider.plan,
    mint: provider.mint,
    find: provider.find,
    verify: (value, since) => settled(tryOut, value, 'accepted', endOfSettling(since, settlingSeconds)),
    proveRefused: (value, since) => settled(tryOut, value, 'refused', endOfSettling(since, settlingSeconds)),
    async revoke(version) {
      // Invariant 4: whoever asks, the working credential stays.
      if (version.value !== null && version.value === context.credential.currentValue) {
        throw new RotatorError(
          'permanent',
          `This is the current value of "${context.credential.name}" and is not ended.`,
        );
      }
      await provider.revoke(version);
    },
  };
}

function createProvider(settings: RotatorSettings, context: RotatorContext, probeIt: TryOut | null): KeyProvider {
  switch (settings.kind) {
    case 'aws_iam':
      return createAwsIamProvider(settings, context);
    case 'http':
      return createHttpProvider(settings, context);
    case 'openai_service_account':
      return createHttpProvider(openaiServiceAccount(settings), context);
    case 'sendgrid_api_key':
      return createHttpProvider(sendgridApiKey(settings), context);
    case 'oauth2_client_secret':
      return createOauth2ClientSecretProvider(settings, context);
    case 'agentgateway_key':
      return createAgentgatewayKeyProvider(settings, context);
    case 'manual':
      return createManualProvider(probeIt);
  }
}

/** A verdict other than the wished one counts only when every server of the provider has had the time to know. */
async function settled(tryOut: TryOut, value: string, wished: Verdict['outcome'], until: number): Promise<Verdict> {
  const verdict = await tryOut(value);
  if (verdict.outcome === wished || Date.now() >= until) return verdict;
  const done = wished === 'accepted' ? 'accept the new key yet' : 'refuse the old key yet';
  throw new RotatorError('retryable', `The provider does not ${done}, which may take a little. It is tried again.`, {
    retryAfterSeconds: SETTLING_RETRY_SECONDS,
  });
}

function endOfSettling(since: Date, settlingSeconds: number): number {
  return since.getTime() + settlingSeconds * 1_000;
}

async function untried(): Promise<never> {
  throw new RotatorError('permanent', "This rotator cannot try a key. Set the credential's probe.");
}
