import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type pg from 'pg';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../core/domain/times.ts';
import type { RequestLogRow } from '../../../core/store/request-log-row.ts';
import { type NumberedRows, RequestLogUpload } from '../../../core/store/request-log-upload.ts';
import { requestLogRow } from './request-log-rows.ts';

export const organizationId = randomUUID();
export const agentIds = [randomUUID(), randomUUID()];
const keys = [randomUUID(), randomUUID()];

/** Now, late within the kept minutes, and so late that minutes are gone. */
const ago = fc.oneof(
  fc.integer({ min: 0, max: 5 * MINUTE_MS }),
  fc.integer({ min: 0, max: 2 * DAY_MS }),
  fc.integer({ min: 70 * HOUR_MS, max: 80 * HOUR_MS }),
);
const row: fc.Arbitrary<RequestLogRow> = fc
  .record({
    ago,
    agent: fc.nat(1),
    key: fc.nat(1),
    outcome: fc.constantFrom<[number, string | null]>(
      [200, null],
      [503, null],
      [503, 'circuit_open'],
      [429, 'rate_limited'],
      [504, 'upstream_timeout'],
    ),
    latencyMs: fc.oneof(fc.nat(20), fc.nat(100_000)),
    upstreamLatencyMs: fc.option(fc.nat(20)),
    bytesIn: fc.nat(1_000),
    bytesOut: fc.nat(1_000),
    retryCount: fc.nat(2),
    spendMicros: fc.option(fc.nat(5_000)),
  })
  .map(({ ago: milliseconds, agent, key, outcome: [status, errorCode], ...rest }) =>
    requestLogRow({
      time: Date.now() - milliseconds,
      organizationId,
      agentId: agentIds[agent] as string,
      agentKeyId: keys[key] as string,
      status,
      errorCode,
      ...rest,
    }),
  );

export interface Batch {
  rows: RequestLogRow[];
  /** Sent again later, because its writer did not hear of its end. */
  repeats: boolean;
}

/** A writer's batches. */
export const line: fc.Arbitrary<Batch[]> = fc.array(
  fc.record({ rows: fc.array(row, { minLength: 1, maxLength: 15 }), repeats: fc.boolean() }),
  { minLength: 1, maxLength: 6 },
);

export async function sendLine(client: pg.Client, batches: Batch[]): Promise<void> {
  const [upload, writerId] = [new RequestLogUpload(), randomUUID()];
  const sent: NumberedRows[] = [];
  for (const [index, { rows, repeats }] of batches.entries()) {
    sent.push({ number: index + 1, rows });
    await upload.write(client, writerId, [{ number: index + 1, rows }]);
    // Alone, and together with all that went before.
    if (repeats) await upload.write(client, writerId, sent);
  }
}

export const FORGET_TRAFFIC = `
  TRUNCATE request_log, traffic_minute, traffic_hour, traffic_day, traffic_day_latency, traffic_touched, plan_use;
  UPDATE traffic_watermark SET minutes_from = to_timestamp(0)`;
