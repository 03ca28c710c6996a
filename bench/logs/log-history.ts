import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { DAY_MS, HOUR_MS } from '../../core/domain/times.ts';
import { COPY_COLUMNS, copyLine } from '../../core/store/request-log-copy.ts';
import { type CallsWanted, seededCalls } from './seeded-calls.ts';

const LINES_AT_ONCE = 2_000;

export interface HistoryWanted extends CallsWanted {
  superuserUrl: string;
}

/** Calls of whole days, each day's by one COPY, two days at a time; what ordinary writers would have counted is added by SQL. */
export async function writeHistory(wanted: HistoryWanted): Promise<void> {
  const { from, until, count, superuserUrl } = wanted;
  const perDay = (count * DAY_MS) / (until - from);
  const days = Array.from({ length: (until - from) / DAY_MS }, (_, index) => from + index * DAY_MS);
  const work = async (): Promise<void> => {
    const client = new pg.Client({ connectionString: superuserUrl });
    await client.connect();
    for (let day = days.shift(); day !== undefined; day = days.shift()) {
      const calls = {
        ...wanted,
        from: day,
        until: day + DAY_MS,
        count: Math.round(perDay),
        seed: wanted.seed + day / DAY_MS,
      };
      await copyDay(client, calls);
      await countDay(client, wanted.organizationId, new Date(day));
    }
    await client.end();
  };
  await Promise.all([work(), work()]);
}

async function copyDay(client: pg.Client, calls: CallsWanted): Promise<void> {
  const { rows } = await client.query<{ name: string }>('SELECT ensure_request_log_partition($1) AS name', [
    new Date(calls.from),
  ]);
  const copy = client.query(copyFrom(`COPY ${rows[0]?.name} (${COPY_COLUMNS}) FROM STDIN`));
  await pipeline(Readable.from(chunks(calls)), copy);
}

function* chunks(calls: CallsWanted): Generator<string> {
  let lines: string[] = [];
  for (const call of seededCalls(calls)) {
    lines.push(copyLine(call));
    if (lines.length < LINES_AT_ONCE) continue;
    yield lines.join('');
    lines = [];
  }
  yield lines.join('');
}

/** Hours as the log writers and the job would have made them, and a mark for the job, which makes the day. */
async function countDay(client: pg.Client, organizationId: string, day: Date): Promise<void> {
  await client.query("SELECT set_config('app.organization_id', $1, false)", [organizationId]);
  const span = [day, new Date(day.getTime() + DAY_MS)];
  await client.query("INSERT INTO traffic_hour SELECT * FROM recount_traffic('hour', $1, $2)", span);
  await client.query(
    `INSERT INTO traffic_touched (hour, organization_id, agent_id)
     SELECT DISTINCT $1::timestamptz, organization_id, agent_id FROM traffic_hour WHERE time >= $1 AND time < $2`,
    span,
  );
}

/** Before the history's end nothing is to be made from minutes. */
export async function forgetMinutes(client: pg.ClientBase, until: number): Promise<void> {
  await client.query('UPDATE traffic_watermark SET minutes_from = $1', [new Date(until - (until % HOUR_MS))]);
}
