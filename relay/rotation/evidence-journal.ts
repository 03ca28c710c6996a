import type pg from 'pg';
import type { Logger } from '../../core/log.ts';
import { openPool } from '../../core/store/pool.ts';
import type { Snapshot } from '../snapshot/snapshot.ts';
import type { RotationTally, VersionTally } from './rotation-tally.ts';
import type { Rotations } from './rotations.ts';

const FLUSH_MS = 500;
const SWEEP_MS = 60_000;

// Whole counts, not differences: writing them again does no harm, so none is lost or counted twice.
const WRITE = `
  INSERT INTO rotation_evidence (organization_id, operation_id, version_id, process_id, calls, refused, errors, blames,
    double_refusals, unrepeatable_failures, last_used_at, updated_at)
  SELECT organization_id, operation_id, version_id, $2, calls, refused, errors, blames, double_refusals,
    unrepeatable_failures, last_used_at, now()
  FROM jsonb_to_recordset($1::jsonb) AS e (organization_id uuid, operation_id uuid, version_id uuid, calls bigint,
    refused bigint, errors bigint, blames integer, double_refusals integer, unrepeatable_failures bigint,
    last_used_at timestamptz)
  ON CONFLICT (operation_id, version_id, process_id) DO UPDATE SET calls = excluded.calls, refused = excluded.refused,
    errors = excluded.errors, blames = excluded.blames, double_refusals = excluded.double_refusals,
    unrepeatable_failures = excluded.unrepeatable_failures, last_used_at = excluded.last_used_at, updated_at = now()`;

/** Tells the control plane what calls show of the versions of running rotations. No call ever waits for it. */
export class EvidenceJournal {
  readonly #pool: pg.Pool;
  readonly #processId: string;
  readonly #rotations: Rotations;
  readonly #snapshot: Snapshot;
  readonly #log: Logger;
  #timers: NodeJS.Timeout[] = [];
  #writing: Promise<void> | null = null;

  constructor(
    databaseUrl: string,
    parts: { processId: string; rotations: Rotations; snapshot: Snapshot; log: Logger },
  ) {
    this.#processId = parts.processId;
    this.#rotations = parts.rotations;
    this.#snapshot = parts.snapshot;
    this.#log = parts.log;
    this.#pool = openPool({
      connectionString: databaseUrl,
      application_name: 'agentgateway-relay-rotations',
      max: 1,
      connectionTimeoutMillis: 5_000,
      query_timeout: 5_000,
    });
  }

  start(): void {
    this.#timers = [
      setInterval(() => this.#writeSoon(), FLUSH_MS).unref(),
      setInterval(() => this.#sweep(), SWEEP_MS).unref(),
    ];
    this.#rotations.onBlamed = () => setImmediate(() => this.#writeSoon());
  }

  /** Writes the last figures. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    await this.#writing;
    this.#writeSoon();
    await this.#writing;
    await this.#pool.end();
  }

  #writeSoon(): void {
    if (this.#rotations.size === 0) return;
    this.#writing ??= this.#write().finally(() => {
      this.#writing = null;
    });
  }

  #sweep(): void {
    if (this.#rotations.size > 0) this.#rotations.retain(this.#snapshot.runningRotations());
  }

  async #write(): Promise<void> {
    const tallies = this.#rotations.takeUnsaved();
    if (tallies.length === 0) return;
    const now = Date.now();
    const rows = tallies.flatMap((tally) => [rowOf(tally, tally.fresh, now), rowOf(tally, tally.old, now)]);
    try {
      await this.#pool.query(WRITE, [JSON.stringify(rows), this.#processId]);
    } catch (error) {
      for (const tally of tallies) tally.isUnsaved = true;
      this.#log.debug({ reason: (error as Error).message }, 'what calls show of a rotation waits for the database');
    }
  }
}

function rowOf({ organizationId, operationId }: RotationTally, version: VersionTally, now: number): object {
  const lastUsedAt = version.waiting > 0 ? now : version.lastUsedAt;
  return {
    organization_id: organizationId,
    operation_id: operationId,
    version_id: version.versionId,
    calls: version.calls,
    refused: version.refused,
    errors: version.errors,
    blames: version.blames,
    double_refusals: version.doubleRefusals,
    unrepeatable_failures: version.unrepeatableFailures,
    last_used_at: lastUsedAt === 0 ? null : new Date(lastUsedAt),
  };
}
