import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { startAuditChainer } from '../../workers/audit-chainer.ts';
import { type AuditStack, startAuditStack } from '../core/audit/audit-chain-harness.ts';

let stack: AuditStack;
let chainer: ReturnType<typeof startAuditChainer>;

beforeAll(async () => {
  stack = await startAuditStack();
  chainer = startAuditChainer(stack.testDatabase.urls.jobs, stack.dependencies);
});
afterAll(async () => {
  await chainer?.stop();
  await stack?.stop();
});

/** How long it takes, in ms, until so many events have their place. */
async function untilChained(organizationId: string, count: number): Promise<number> {
  const start = performance.now();
  while ((await stack.head(organizationId))?.sequence !== count) {
    if (performance.now() - start > 20_000) throw new Error('the events were not chained');
  }
  return performance.now() - start;
}

test('events are chained within a second', async () => {
  const organizationId = await stack.newOrganization();
  for (let count = 1; count <= 4; count++) {
    await stack.record(organizationId, 1);
    expect(await untilChained(organizationId, count)).toBeLessThan(1_000);
  }
});

test('a lost connection, and an organization whose chain is broken, keep no other from being chained', async () => {
  const [forged, honest] = [await stack.newOrganization(), await stack.newOrganization()];
  await stack.record(forged, 1);
  await untilChained(forged, 1);
  await stack.superuser.query("UPDATE audit_head SET hash = sha256('x') WHERE organization_id = $1", [forged]);
  await stack.record(forged, 3_000);
  await stack.superuser.query(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'agentgateway-audit-chainer'",
  );
  await stack.record(honest, 1);
  await untilChained(honest, 1);
  expect((await stack.head(forged))?.sequence).toBe(1);
});
