/** An agent's routing settings; durations in seconds. */
export interface Routing {
  connect_timeout_seconds: number;
  /** From the request's last byte to the answer's headers. */
  first_byte_timeout_seconds: number;
  /** Between two chunks of a body or an event stream. */
  idle_timeout_seconds: number;
  /** The whole call; an open event stream or WebSocket is bound by the idle limit only. */
  total_timeout_seconds: number;
  /** How often an idempotent call of which nothing was answered may be sent anew; 0: never. */
  retries: number;
  /** Each call's log row is on disk before its answer ends. */
  durable_logs: boolean;
}

export const DEFAULT_ROUTING: Routing = {
  connect_timeout_seconds: 5,
  first_byte_timeout_seconds: 120,
  idle_timeout_seconds: 120,
  total_timeout_seconds: 600,
  retries: 1,
  durable_logs: false,
};

/** The settings in force: what the agent's row gives, the defaults for the rest. */
export function routingOf(given: unknown): Routing {
  return { ...DEFAULT_ROUTING, ...(given as Partial<Routing> | null) };
}
