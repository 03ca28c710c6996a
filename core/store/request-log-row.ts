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
  /** Versions of credentials whose secret was sent along. */
  credentialVersionIds: readonly string[];
}
