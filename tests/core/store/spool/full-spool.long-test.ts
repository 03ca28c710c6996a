import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from '@jest/globals';
import { LARGEST_SPOOL_BYTES, SpoolFolder } from '../../../../core/store/spool/spool-folder.ts';
import { requestLogRow } from '../request-log-rows.ts';

test('a full spool refuses what comes, keeps what it has, and takes again once there is room', async () => {
  const root = await mkdtemp(join(tmpdir(), 'agentgateway-spool-'));
  const folder = await SpoolFolder.create(root, randomUUID());
  const path = 'x'.repeat(4_000_000);
  const append = (number: number) => folder.append({ number, rows: [requestLogRow({ path })] });
  let kept = 0;
  const refusal = await (async () => {
    for (;;) await append(kept + 1).then(() => (kept += 1));
  })().catch((error: Error) => error.message);
  expect([refusal, folder.bytes <= LARGEST_SPOOL_BYTES, kept]).toEqual(['the spool is full', true, 134]);
  await folder.releaseThrough(20);
  await append(kept + 1);
  await folder.close();
  await rm(root, { recursive: true });
}, 120_000);
