import { type RotatorSettings, rotatorSettings } from '../../../core/domain/rotators.ts';
import type { ProviderServer } from './provider.ts';

const ADMIN = { authorization: 'Bearer {admin_secret}' };

/** How the provider's keys are made, found and ended, as a person would write it. */
export function keyRequestsOf(provider: ProviderServer) {
  return {
    mint: {
      request: { method: 'POST', url: `${provider.url}/keys`, headers: ADMIN, json: { name: '{marker}' } },
      value_path: 'key.value',
      reference_path: 'id',
    },
    find: {
      request: { method: 'GET', url: `${provider.url}/keys`, headers: ADMIN },
      items_path: 'data',
      marker_path: 'name',
      reference_path: 'id',
      next_page: { cursor_path: 'last_id', query_parameter: 'after', more_path: 'has_more' },
    },
    revoke: { request: { method: 'DELETE', url: `${provider.url}/keys/{reference}`, headers: ADMIN } },
  };
}

/**
 * The settings of an `http` rotator at the provider.
 * @param more members that differ
 */
export function httpRotatorOf(provider: ProviderServer, more: Record<string, unknown> = {}): RotatorSettings {
  return rotatorSettings.parse({
    kind: 'http',
    ...keyRequestsOf(provider),
    verify: {
      request: { method: 'GET', url: `${provider.url}/whoami`, headers: { authorization: 'Bearer {secret}' } },
    },
    settling_seconds: 0,
    ...more,
  });
}
