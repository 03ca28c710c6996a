import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { Outbox } from '../../../core/store/request-log-outbox.ts';
import { requestLogRow } from './request-log-rows.ts';

let root: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'agentgateway-outbox-'));
});
afterAll(() => rm(root, { recursive: true }));

const rows = (count: number) => Array.from({ length: count }, () => requestLogRow());

async function takeOver(): Promise<void> {
  const [name = ''] = await readdir(root);
  await writeFile(join(root, name, 'holder.json'), '{}');
}

test('of batches left out, those that nobody can have written get new numbers, and what nobody knows of is told', async () => {
  const outbox = new Outbox(root, crypto.randomUUID(), () => {});
  const [sent, inMemory, onDisk] = [1, 2, 4].map((count) => outbox.add(rows(count)));
  if (sent === undefined || inMemory === undefined || onDisk === undefined) throw new Error('there are three');
  outbox.noteSent([{ number: sent.number, rows: [] }]);
  await outbox.keep(onDisk);
  await takeOver();
  expect(await outbox.settleLeftOut(await outbox.next(), onDisk.number)).toBe(1);
  await outbox.release(onDisk.number);
  expect(await outbox.next()).toMatchObject([{ number: 4, rows: inMemory.rows }]);
  await outbox.close();
});

test('batches left out because this process wrote them without hearing of it are in', async () => {
  const outbox = new Outbox(root, crypto.randomUUID(), () => {});
  for (const count of [1, 2]) outbox.add(rows(count));
  const batches = await outbox.next();
  outbox.noteSent(batches);
  expect(await outbox.settleLeftOut(batches, 2)).toBe(0);
  await outbox.release(2);
  expect(outbox.isEmpty).toBe(true);
});
