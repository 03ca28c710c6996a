/** The relay's own errors: code → HTTP status and title. */
export const RELAY_ERRORS = {
  malformed_request: { status: 400, title: 'Malformed request' },
  invalid_agent_key: { status: 401, title: 'Invalid agent key' },
  agent_disabled: { status: 403, title: 'Agent disabled' },
  host_not_allowed: { status: 403, title: 'Host not allowed' },
  upstream_forbidden: { status: 403, title: 'Upstream forbidden' },
  agent_not_found: { status: 404, title: 'Agent not found' },
  rate_limited: { status: 429, title: 'Rate limited' },
  plan_limit_reached: { status: 429, title: 'Plan limit reached' },
  headers_too_large: { status: 431, title: 'Headers too large' },
  body_too_large: { status: 413, title: 'Body too large' },
  upstream_unreachable: { status: 502, title: 'Upstream unreachable' },
  circuit_open: { status: 503, title: 'Circuit open' },
  credential_unavailable: { status: 503, title: 'Credential unavailable' },
  snapshot_expired: { status: 503, title: 'Snapshot expired' },
  upstream_timeout: { status: 504, title: 'Upstream timeout' },
} as const;

export type RelayErrorCode = keyof typeof RELAY_ERRORS;

/** Why the relay itself answers a call. `detail` is for the caller and says what to do next; it holds no secret. */
export interface Refusal {
  readonly code: RelayErrorCode;
  readonly detail: string;
  readonly retryAfterSeconds?: number;
}
