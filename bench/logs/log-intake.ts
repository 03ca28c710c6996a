import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { RequestLogRow } from '../../core/store/request-log-row.ts';
import { RequestLogUpload } from '../../core/store/request-log-upload.ts';
import { backendCpuMs } from './backend-cpu.ts';
import { type CallsWanted, seededCalls } from './seeded-calls.ts';

const BATCH_ROWS = 5_000;

/** As its connection calls itself. */
const APPLICATION = 'bench-intake';

/**
 * Takes calls in as a relay's log writer does, one batch after the other.
 * @returns what that cost Postgres, in seconds of CPU time
 */
export async function takeIn(logWriterUrl: string, calls: CallsWanted): Promise<number> {
  const client = new pg.Client({ connectionString: logWriterUrl, application_name: APPLICATION });
  await client.connect();
  const [upload, writerId] = [new RequestLogUpload(), randomUUID()];
  let number = 0;
  let rows: RequestLogRow[] = [];
  const write = async () => {
    number += 1;
    await upload.write(client, writerId, [{ number, rows }]);
    rows = [];
  };
  for (const call of seededCalls(calls)) {
    rows.push(call);
    if (rows.length === BATCH_ROWS) await write();
  }
  if (rows.length > 0) await write();
  const cpuSeconds = (await backendCpuMs(client, APPLICATION)) / 1_000;
  await client.end();
  return cpuSeconds;
}
