import { hash } from 'node:crypto';
import type { Step } from '../pipeline.ts';
import type { Refusal } from '../relay-errors.ts';

const LONGEST_KEY = 256;

/** Finds the agent key by its hash; the key itself is kept no longer than that. */
export const authenticate: Step = (exchange, { snapshot }) => {
  if (snapshot.isExpired(exchange.startedAt)) return SNAPSHOT_EXPIRED;
  const key = exchange.presentedKey;
  exchange.presentedKey = null;
  if (key === null) return MISSING_KEY;
  const entry = key.length > LONGEST_KEY ? undefined : snapshot.findKey(hash('sha256', key, 'base64url'));
  if (entry === undefined) return UNKNOWN_KEY;
  exchange.agentKey = entry;
  return null;
};

const MISSING_KEY: Refusal = {
  code: 'invalid_agent_key',
  detail: 'No agent key was presented. Send one as "Authorization: Bearer agk_…", "X-Api-Key" or "X-AgentGateway-Key".',
};

const UNKNOWN_KEY: Refusal = {
  code: 'invalid_agent_key',
  detail: 'The agent key is unknown or revoked. Make a new one with create_agent_key and send that.',
};

const SNAPSHOT_EXPIRED: Refusal = {
  code: 'snapshot_expired',
  detail: 'The relay cannot check agent keys: it has not heard from its database for too long. Try again later.',
  retryAfterSeconds: 5,
};
