import type pg from 'pg';
import { type BreakerState, nextProbeAt } from '../../core/domain/circuit-breaker.ts';
import type { Logger } from '../../core/log.ts';
import { openPool } from '../../core/store/pool.ts';
import { newRequestId } from '../request-id.ts';
import type { BreakerEvent } from './breaker.ts';

const FLUSH_MS = 250;
const LARGEST_BATCH = 1_000;
/** Kept while Postgres is away; beyond it the oldest are dropped. */
const LARGEST_BACKLOG = 10_000;

/**
 * One statement, so that an event and the state it leads to are written together. An event of a time before the last
 * reset, or older than what stands there, stays in the history only.
 */
const WRITE = `
  WITH event AS (
    SELECT e.*, a.organization_id FROM jsonb_to_recordset($1::jsonb) AS e (id uuid, agent_id uuid, time timestamptz,
      from_state text, to_state text, why text, evidence jsonb, since timestamptz, next_probe_at timestamptz,
      cool_down_ms integer, reset_at timestamptz, place integer)
    JOIN agent a ON a.id = e.agent_id
  ), history AS (
    INSERT INTO circuit_breaker_event (id, organization_id, agent_id, time, from_state, to_state, why, evidence,
      next_probe_at)
    SELECT id, organization_id, agent_id, time, from_state, to_state, why, evidence, next_probe_at FROM event
    ON CONFLICT DO NOTHING
  )
  INSERT INTO circuit_breaker (agent_id, organization_id, state, since, why, evidence, next_probe_at, cool_down_ms,
    reset_at, updated_at)
  SELECT DISTINCT ON (agent_id) agent_id, organization_id, to_state, since, why, evidence, next_probe_at, cool_down_ms,
    reset_at, now()
  FROM event ORDER BY agent_id, place DESC
  ON CONFLICT (agent_id) DO UPDATE SET state = excluded.state, since = excluded.since, why = excluded.why,
    evidence = excluded.evidence, next_probe_at = excluded.next_probe_at, cool_down_ms = excluded.cool_down_ms,
    reset_at = excluded.reset_at, updated_at = excluded.updated_at
  WHERE (circuit_breaker.reset_at, circuit_breaker.since) <= (excluded.reset_at, excluded.since)`;

const NOT_CLOSED = `
  SELECT agent_id AS "agentId", state, since, next_probe_at AS "nextProbeAt", cool_down_ms AS "coolDownMs",
    reset_at AS "resetAt"
  FROM circuit_breaker WHERE state <> 'closed'`;

interface BreakerRow {
  agentId: string;
  state: 'open' | 'half_open';
  since: Date;
  nextProbeAt: Date | null;
  coolDownMs: number;
  resetAt: Date;
}

/** Writes what breakers do into Postgres, in batches. `note` never waits and never fails. */
export class BreakerJournal {
  readonly #pool: pg.Pool;
  readonly #log: Logger;
  #events: object[] = [];
  #timer: NodeJS.Timeout | undefined;
  #flushing: Promise<void> | null = null;

  constructor(databaseUrl: string, log: Logger) {
    this.#log = log;
    this.#pool = openPool({
      connectionString: databaseUrl,
      application_name: 'agentgateway-relay-breakers',
      max: 1,
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
    });
  }

  start(): void {
    this.#timer = setInterval(() => this.#flushSoon(), FLUSH_MS);
    this.#timer.unref();
  }

  note(event: BreakerEvent): void {
    const { agentId, from, state, why } = event;
    this.#log.info({ agentId, from, to: state.name, why }, 'a circuit breaker changed its state');
    this.#events.push(rowOf(event));
    if (this.#events.length > LARGEST_BACKLOG) this.#events.shift();
  }

  /**
   * The breakers that were not closed when their process last told, so that a restart does not send a failing upstream
   * all calls at once. A probe that was under way is lost with its process: the next call is one.
   */
  async readNotClosed(): Promise<{ agentId: string; state: BreakerState }[]> {
    const { rows } = await this.#pool.query<BreakerRow>(NOT_CLOSED);
    return rows.map(({ agentId, state, since, nextProbeAt: until, coolDownMs, resetAt }) => {
      const base = { epoch: 1, since: since.getTime(), resetAt: resetAt.getTime(), coolDownMs };
      const isOpen = state === 'open';
      return {
        agentId,
        state: isOpen
          ? { name: 'open', ...base, until: until?.getTime() ?? base.since }
          : { name: 'half_open', ...base, probe: null },
      };
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#flushing;
    this.#flushSoon();
    await this.#flushing;
    if (this.#events.length > 0) this.#log.warn({ events: this.#events.length }, 'changes of breakers are lost');
    await this.#pool.end();
  }

  #flushSoon(): void {
    if (this.#events.length === 0) return;
    this.#flushing ??= this.#flush().finally(() => {
      this.#flushing = null;
    });
  }

  async #flush(): Promise<void> {
    const batch = this.#events.splice(0, LARGEST_BATCH);
    try {
      const rows = batch.map((row, place) => ({ ...row, place }));
      await this.#pool.query(WRITE, [JSON.stringify(rows)]);
    } catch (error) {
      this.#log.warn({ reason: (error as Error).message }, 'changes of breakers wait: the database did not take them');
      this.#events = [...batch, ...this.#events].slice(-LARGEST_BACKLOG);
    }
  }
}

function rowOf({ agentId, time, from, state, why, evidence }: BreakerEvent): object {
  const probeAt = nextProbeAt(state);
  return {
    id: newRequestId(),
    agent_id: agentId,
    time: new Date(time),
    from_state: from,
    to_state: state.name,
    why,
    evidence,
    since: new Date(state.since),
    next_probe_at: probeAt === null ? null : new Date(probeAt),
    cool_down_ms: Math.round(state.coolDownMs),
    reset_at: new Date(state.resetAt),
  };
}
