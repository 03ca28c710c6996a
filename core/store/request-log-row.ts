/** One call as it goes to the request log, with what its use is noted of. Times in milliseconds since the epoch. */
export interface RequestLogRow {
  /** The request ID, a UUID. */
  id: string;
  time: number;
  organizationId: string;
  agentId: string;
  agentKeyId: string | null;
  method: string;
  /** Without query, masked and shortened. */
  path: string;
  status: number;
  errorCode: string | null;
  latencyMs: number;
  upstreamLatencyMs: number | null;
  bytesIn: number;
  bytesOut: number;
  /** How often the call was sent anew after its first sending. */
  retryCount: number;
  /** Millionths of the price's currency; null where the agent has no price or the upstream did not answer. */
  spendMicros: number | null;
  /** Versions of credentials whose secret was sent along. */
  credentialVersionIds: readonly string[];
}

/** Rows of one agent or organization share an index key for so long: see the migration 0004_logs. */
export const SLOT_MS = 600_000;
