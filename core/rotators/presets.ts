import type { z } from 'zod';
import type {
  agentgatewayKeyRotator,
  KeyRequests,
  openaiServiceAccountRotator,
  sendgridApiKeyRotator,
} from '../domain/rotators.ts';
import type { HttpSettings } from './http.ts';

const ADMIN_BEARER = { authorization: 'Bearer {admin_secret}' };
const BEARER = { authorization: 'Bearer {secret}' };

/**
 * A project service account for each key: its name holds the marker, and deleting it ends its key. Source: OpenAI's API
 * reference, "Project service accounts". Admin keys work for these calls only, project keys for all others only.
 */
export function openaiServiceAccount(settings: z.output<typeof openaiServiceAccountRotator>): HttpSettings {
  const accounts = `https://api.openai.com/v1/organization/projects/${settings.project_id}/service_accounts`;
  return {
    kind: 'http',
    admin_credential: settings.admin_credential,
    mint: {
      request: { method: 'POST', url: accounts, headers: ADMIN_BEARER, json: { name: '{marker}' } },
      value_path: 'api_key.value',
      reference_path: 'id',
    },
    find: {
      request: { method: 'GET', url: `${accounts}?limit=100`, headers: ADMIN_BEARER },
      items_path: 'data',
      marker_path: 'name',
      reference_path: 'id',
      next_page: { cursor_path: 'last_id', query_parameter: 'after', more_path: 'has_more' },
    },
    verify: {
      request: { method: 'GET', url: 'https://api.openai.com/v1/models', headers: BEARER },
      refused_statuses: [401],
    },
    revoke: { request: { method: 'DELETE', url: `${accounts}/{reference}`, headers: ADMIN_BEARER } },
    initial_reference: settings.initial_reference,
    settling_seconds: 30,
  };
}

/**
 * Source: SendGrid's API reference, "API Keys" and "API Key Permissions": names need not be unique, an account has at most
 * 100 keys and lists all of them at once, and any key may read its own scopes.
 */
export function sendgridApiKey(settings: z.output<typeof sendgridApiKeyRotator>): HttpSettings {
  const origin = settings.region === 'eu' ? 'https://api.eu.sendgrid.com' : 'https://api.sendgrid.com';
  const keys = `${origin}/v3/api_keys`;
  return {
    kind: 'http',
    admin_credential: settings.admin_credential,
    mint: {
      request: {
        method: 'POST',
        url: keys,
        headers: ADMIN_BEARER,
        json: { name: '{marker}', scopes: settings.scopes },
      },
      value_path: 'api_key',
      reference_path: 'api_key_id',
    },
    find: {
      request: { method: 'GET', url: keys, headers: ADMIN_BEARER },
      items_path: 'result',
      marker_path: 'name',
      reference_path: 'api_key_id',
    },
    verify: {
      request: { method: 'GET', url: `${origin}/v3/scopes`, headers: BEARER },
      refused_statuses: [401, 403],
    },
    revoke: { request: { method: 'DELETE', url: `${keys}/{reference}`, headers: ADMIN_BEARER } },
    initial_reference: settings.initial_reference,
    settling_seconds: 30,
  };
}

/** An agent key of another AgentGateway, or of this one, by its REST API. */
export function agentgatewayKeyRequests(settings: z.output<typeof agentgatewayKeyRotator>): KeyRequests {
  const keys = new URL('/api/v1/agent-keys', settings.app_url).href;
  return {
    admin_credential: settings.admin_credential,
    mint: {
      request: {
        method: 'POST',
        url: keys,
        headers: ADMIN_BEARER,
        json: { agent: settings.agent, name: '{marker}', reveal: 'inline' },
      },
      value_path: 'agent_key.value',
      reference_path: 'agent_key.id',
    },
    find: {
      request: { method: 'GET', url: `${keys}?agent=${settings.agent}&limit=200`, headers: ADMIN_BEARER },
      items_path: 'items',
      marker_path: 'name',
      reference_path: 'id',
      next_page: { cursor_path: 'next_cursor', query_parameter: 'cursor' },
    },
    revoke: { request: { method: 'DELETE', url: `${keys}/{reference}`, headers: ADMIN_BEARER } },
    initial_reference: settings.initial_reference,
  };
}
