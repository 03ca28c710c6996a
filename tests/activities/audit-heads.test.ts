import { appendFile, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { pino } from 'pino';
import { createAuditHeadActivities } from '../../activities/audit-heads.ts';
import { headsFile, readHeads } from '../../core/audit/heads-file.ts';
import { type JobsDatabase, openJobsDatabase } from '../../core/store/jobs-database.ts';
import { type AuditStack, startAuditStack } from '../core/audit/audit-chain-harness.ts';

let stack: AuditStack;
let jobs: JobsDatabase;
let file: string;
const logged: { audit_head?: unknown }[] = [];

beforeAll(async () => {
  stack = await startAuditStack();
  jobs = openJobsDatabase(stack.testDatabase.urls.jobs);
  file = headsFile(stack.dependencies.config.AGENTGATEWAY_DATA_DIR);
});
afterAll(async () => {
  await jobs?.close();
  await stack?.stop();
});

async function exportHeads(): Promise<void> {
  const log = pino({}, { write: (line: string) => void logged.push(JSON.parse(line)) });
  const activities = createAuditHeadActivities({ config: stack.dependencies.config, log, jobs });
  await new MockActivityEnvironment().run(activities.exportSignedHeads);
}

test('a head is exported once: to the data folder, to the log, and noted in the database', async () => {
  const [busy, quiet] = [await stack.newOrganization(), await stack.newOrganization()];
  await stack.record(busy, 2);
  await stack.record(quiet, 1);
  await stack.chain();
  await exportHeads();
  await stack.record(busy, 1);
  await stack.chain();
  await exportHeads();
  await exportHeads();
  const heads = await readHeads(file);
  const placesOf = (id: string) =>
    heads.filter(({ organization_id }) => organization_id === id).map(({ sequence }) => sequence);
  expect([placesOf(busy), placesOf(quiet)]).toEqual([[2, 3], [1]]);
  expect(heads.every(stack.signer.verify)).toBe(true);
  expect(logged.map(({ audit_head }) => audit_head)).toEqual(heads);
  expect(await stack.verify(busy, heads)).toMatchObject({ events: 3, problem_count: 0 });
});

test('exported heads in the database find an end that was cut off, whatever head was put in its place', async () => {
  const organizationId = await stack.newOrganization();
  await stack.record(organizationId, 1);
  await stack.chain();
  const { rows } = await stack.superuser.query('SELECT * FROM audit_head WHERE organization_id = $1', [organizationId]);
  await stack.record(organizationId, 1);
  await stack.chain();
  await exportHeads();
  await stack.superuser.query('DELETE FROM audit_event WHERE organization_id = $1 AND sequence = 2', [organizationId]);
  await stack.superuser.query(
    'UPDATE audit_head SET sequence = 1, hash = $2, signed_at = $3, signature = $4 WHERE organization_id = $1',
    [organizationId, rows[0].hash, rows[0].signed_at, rows[0].signature],
  );
  const { problems } = await stack.verify(organizationId);
  expect(problems.map(({ kind }) => kind)).toEqual(['truncated']);
});

test('a line that a crash tore spoils no other, and is named', async () => {
  const organizationId = await stack.newOrganization();
  await stack.record(organizationId, 1);
  await stack.chain();
  await appendFile(file, '{"hash":"torn');
  const lines = (await readFile(file, 'utf8')).split('\n').length;
  await exportHeads();
  await expect(readHeads(file)).rejects.toThrow(`${file}:${lines} is no head`);
  const last = (await readFile(file, 'utf8')).trimEnd().split('\n').at(-1) ?? '';
  expect(JSON.parse(last)).toMatchObject({ organization_id: organizationId });
});
