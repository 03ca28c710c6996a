import { createHash } from 'node:crypto';
import type { RequestLogRow } from '../../core/store/request-log-row.ts';
import { seededRandom } from '../../tests/servers/seeded-random.ts';

/** An agent that makes calls, with its one agent key. */
export interface CallingAgent {
  id: string;
  agentKeyId: string;
}

const PATHS = [
  '/v1/chat/completions',
  '/v1/customers/***',
  '/crm/v3/objects/contacts',
  '/v1/charges',
  '/v1/embeddings',
];

/** Of a hundred calls: status and error code. */
const OUTCOMES: [status: number, errorCode: string | null][] = [
  ...Array.from({ length: 94 }, (): [number, null] => [200, null]),
  [404, null],
  [404, null],
  [429, 'rate_limited'],
  [500, null],
  [503, 'circuit_open'],
  [504, 'upstream_timeout'],
];

/** The same UUID for the same words, on every run. */
export function seededId(words: string): string {
  const hex = createHash('sha256').update(words).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export interface CallsWanted {
  organizationId: string;
  agents: readonly CallingAgent[];
  /** Milliseconds since the epoch. */
  from: number;
  until: number;
  count: number;
  seed: number;
}

/** Calls evenly over a time, in its order; few agents make most of them, and latencies have a long tail. */
export function* seededCalls({
  organizationId,
  agents,
  from,
  until,
  count,
  seed,
}: CallsWanted): Generator<RequestLogRow> {
  const random = seededRandom(seed);
  const idPrefix = seededId(`calls ${seed}`).slice(0, 24);
  for (let index = 0; index < count; index += 1) {
    const agent = agents[Math.floor(random() ** 2 * agents.length)] as CallingAgent;
    const [status, errorCode] = OUTCOMES[Math.floor(random() * OUTCOMES.length)] as [number, string | null];
    const latencyMs = Math.round(20 / (1.001 - random()) ** 0.7);
    yield {
      id: `${idPrefix}${index.toString(16).padStart(12, '0')}`,
      time: Math.floor(from + ((until - from) * index) / count),
      organizationId,
      agentId: agent.id,
      agentKeyId: agent.agentKeyId,
      method: 'POST',
      path: PATHS[index % PATHS.length] as string,
      status,
      errorCode,
      latencyMs,
      upstreamLatencyMs: latencyMs - 1,
      bytesIn: Math.floor(random() * 2_000),
      bytesOut: Math.floor(random() * 20_000),
      retryCount: 0,
      spendMicros: status === 200 ? 1_000 : null,
      credentialVersionIds: [],
    };
  }
}
