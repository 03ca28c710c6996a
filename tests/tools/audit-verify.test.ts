import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { SignedHead } from '../../core/audit/head.ts';
import { appendHeads, headsFile } from '../../core/audit/heads-file.ts';
import { type AuditStack, startAuditStack } from '../core/audit/audit-chain-harness.ts';

let stack: AuditStack;
let organizationId: string;

beforeAll(async () => {
  stack = await startAuditStack();
  organizationId = await stack.newOrganization();
  await stack.record(organizationId, 5);
  await stack.chain();
});
afterAll(() => stack?.stop());

/** `npm run audit:verify`, with the settings of the tests' installation. */
async function auditVerify(): Promise<{ code: number; told: string }> {
  const { urls } = stack.testDatabase;
  const child = spawn(process.execPath, [join(import.meta.dirname, '../../tools/audit-verify.ts')], {
    env: {
      PATH: process.env.PATH,
      AGENTGATEWAY_DATA_DIR: stack.dependencies.config.AGENTGATEWAY_DATA_DIR,
      DATABASE_URL_APP: urls.app,
      DATABASE_URL_JOBS: urls.jobs,
    },
  });
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')]);
  return { code, told: stdout + stderr };
}

test('the command ends with 0 for a whole trail, and with 1 and the place for one that was tampered with', async () => {
  const whole = await auditVerify();
  expect(whole).toMatchObject({ code: 0, told: expect.stringContaining(`${organizationId}: 5 events, 0 problems`) });
  await stack.superuser.query("UPDATE audit_event SET actor_name = 'mallory' WHERE sequence = 3");
  const changed = await auditVerify();
  expect(changed).toMatchObject({ code: 1, told: expect.stringContaining('changed at 3') });
});

test('where the whole trail is gone, with every head in the database, the heads of the data folder tell', async () => {
  const file = headsFile(stack.dependencies.config.AGENTGATEWAY_DATA_DIR);
  await appendHeads(file, [(await stack.head(organizationId)) as SignedHead]);
  await stack.superuser.query('TRUNCATE audit_event, audit_head, audit_head_export');
  const { code, told } = await auditVerify();
  expect([code, told]).toEqual([
    1,
    expect.stringContaining('truncated at 1: A signed head tells of 5 events, 0 are left.'),
  ]);
});
