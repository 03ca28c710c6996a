import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { RequestLogRow } from '../../core/store/request-log-row.ts';
import { RequestLogUpload } from '../../core/store/request-log-upload.ts';
import { type CallsWanted, seededCalls } from './seeded-calls.ts';

const BATCH_ROWS = 5_000;

/** Takes calls in as a relay's log writer does, one batch after the other. */
export async function takeIn(logWriterUrl: string, calls: CallsWanted): Promise<void> {
  const client = new pg.Client({ connectionString: logWriterUrl });
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
  await client.end();
}
