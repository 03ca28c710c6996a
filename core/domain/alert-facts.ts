import type { CallSums, WindowFacts } from './alert-metrics.ts';
import type { ScopedAgent } from './alert-rules.ts';
import type { CallHistory, LatencyHistory } from './alert-windows.ts';
import { MINUTE_MS } from './times.ts';

/** A time in which a circuit breaker was not closed; milliseconds since the epoch. */
export interface OpenTime {
  from: number;
  until: number;
}

/** What rules are evaluated on: an agent, and what is known of it over the time of all windows. Times are milliseconds. */
export interface AgentHistory extends ScopedAgent {
  createdAt: number;
  enabled: boolean;
  hasBeenCalled: boolean;
  /** Undefined: no calls in that time. */
  calls: CallHistory | undefined;
  latencies: LatencyHistory | undefined;
  openTimes: readonly OpenTime[];
  /** The present score, and when it was worked out. */
  health: { score: number | null; at: number } | null;
  credentialExpiresAt: number | null;
}

const NO_CALLS: CallSums = { requests: 0, errors: 0, serverErrors: 0, throttled: 0, spendMicros: 0 };

/** A score has no history: it says something about the minutes next to the one that it was worked out in. */
const SCORE_LASTS_MS = 10 * MINUTE_MS;

/** What a window tells of an agent, worked out when a metric asks: of a window that no rule on calls has, no sums are known. */
export class FactsOfWindow implements WindowFacts {
  readonly at: number;
  readonly windowMs: number;
  readonly #agent: AgentHistory;
  #sums: CallSums | undefined;
  #latencies: WindowFacts['latencies'] | undefined;

  constructor(agent: AgentHistory, at: number, windowMs: number) {
    this.#agent = agent;
    this.at = at;
    this.windowMs = windowMs;
  }

  get sums(): CallSums {
    this.#sums ??= this.#agent.calls?.sums(this.at, this.windowMs) ?? NO_CALLS;
    return this.#sums;
  }

  get latencies(): WindowFacts['latencies'] {
    if (this.#latencies === undefined) {
      this.#latencies = this.#agent.latencies?.histogram(this.at, this.windowMs) ?? null;
    }
    return this.#latencies;
  }

  get breakerOpenMs(): number {
    return openMs(this.#agent.openTimes, this.at - this.windowMs, this.at);
  }

  get healthScore(): number | null {
    const { health } = this.#agent;
    return health !== null && Math.abs(health.at - this.at) <= SCORE_LASTS_MS ? health.score : null;
  }

  get credentialExpiresAt(): number | null {
    return this.#agent.credentialExpiresAt;
  }

  get isInUse(): boolean {
    const { enabled, hasBeenCalled, createdAt } = this.#agent;
    return enabled && hasBeenCalled && createdAt <= this.at - this.windowMs;
  }
}

function openMs(times: readonly OpenTime[], from: number, until: number): number {
  return times.reduce((sum, time) => sum + Math.max(0, Math.min(time.until, until) - Math.max(time.from, from)), 0);
}

/** A change of a breaker's state, as circuit_breaker_event keeps it. */
export interface BreakerChange {
  at: number;
  from: string;
  to: string;
  /** Of one that a person holds open: when that ends by itself. */
  until: number | null;
}

/**
 * When a breaker was not closed.
 * @param changes in order of time, from some moment until now
 * @param present its state now
 */
export function openTimes(changes: readonly BreakerChange[], present: string): OpenTime[] {
  const times: OpenTime[] = [];
  let open: OpenTime | null = null;
  const [first] = changes;
  if ((first?.from ?? present) !== 'closed') open = { from: Number.NEGATIVE_INFINITY, until: Number.POSITIVE_INFINITY };
  for (const { at, to, until } of changes) {
    if (open !== null) times.push({ from: open.from, until: Math.min(open.until, at) });
    open = to === 'closed' ? null : { from: at, until: until ?? Number.POSITIVE_INFINITY };
  }
  return open === null ? times : [...times, open];
}
