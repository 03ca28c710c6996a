import type { z } from 'zod';
import type { agentgatewayKeyRotator } from '../domain/rotators.ts';
import { passingFailure } from './answers.ts';
import { sendBound } from './bound-request.ts';
import type { KeyProvider, RotatorContext } from './key-provider.ts';
import { agentgatewayKeyRequests } from './presets.ts';
import { createTemplateProvider } from './template-provider.ts';

export type AgentgatewayKeySettings = z.output<typeof agentgatewayKeyRotator>;

/** Rotates an agent key of another AgentGateway, or of this one. */
export function createAgentgatewayKeyProvider(settings: AgentgatewayKeySettings, context: RotatorContext): KeyProvider {
  const verifyUrl = new URL(`/${settings.agent}${settings.verify_path}`, settings.relay_url).href;
  return createTemplateProvider(agentgatewayKeyRequests(settings), context, {
    settlingSeconds: settings.settling_seconds,
    async tryOut(agentKey) {
      const request = { method: 'GET', url: verifyUrl, headers: { 'x-agentgateway-key': agentKey } };
      const { status, host, headers } = await sendBound(context, request, [context.credential], 'headers');
      // The relay marks its own errors; what the upstream behind it answers says nothing about the agent key.
      const relayError = headers.get('x-agentgateway-error');
      if (relayError === 'invalid_agent_key' || relayError === 'agent_not_found') return { outcome: 'refused', status };
      if (relayError === 'snapshot_expired') throw passingFailure(host, status, headers.get('retry-after'));
      return { outcome: 'accepted' };
    },
  });
}
