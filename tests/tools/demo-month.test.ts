import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../../core/domain/caller.ts';
import { seedMonth } from '../../tools/demo/seed-month.ts';
import { call } from '../core/operations/call.ts';
import { type TestDependencies, testDependencies } from '../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../servers/seed.ts';
import { seededRandom } from '../servers/seeded-random.ts';

let stack: TestDependencies;
let caller: Caller;

beforeAll(async () => {
  stack = await testDependencies();
  const { dependencies, testDatabase } = stack;
  caller = await seedCaller(dependencies.database);
  for (const name of ['hubspot-relay', 'openai-relay', 'github-relay', 'slack-relay', 'old-test-agent']) {
    await seedAgent(dependencies.database, caller.organizationId, name);
  }
  await seedMonth({
    database: dependencies.database,
    databaseUrls: testDatabase.urls,
    organizationId: caller.organizationId,
    agentKeyId: uuid(),
    spendMicros: { 'openai-relay': 1_990 },
    random: seededRandom(1),
  });
});
afterAll(() => stack?.stop());

const ask = (name: string, input: object = {}) => call(stack.dependencies, caller, name, input);

test('the demo’s month: one agent is unwell, one has no data, the others are well', async () => {
  const { items } = await ask('list_health_scores');
  const scores = Object.fromEntries(items.map(({ agent, score }: { agent: string; score: number }) => [agent, score]));
  expect(scores).toEqual({
    'slack-relay': expect.any(Number),
    'hubspot-relay': expect.any(Number),
    'openai-relay': expect.any(Number),
    'github-relay': expect.any(Number),
    'old-test-agent': null,
  });
  const { 'slack-relay': unwell, 'old-test-agent': silent, ...well } = scores;
  expect(unwell).toBeLessThan(80);
  for (const score of Object.values(well)) expect(score).toBeGreaterThan(80);
});

test('the demo’s logs and its traffic agree', async () => {
  const { total } = await ask('summarize_traffic', { since: '30d', group_by: 'none' });
  const counted = await stack.dependencies.database.inOrganization(caller.organizationId, (transaction) =>
    transaction.requestLog.aggregate({ _count: true, _sum: { bytesOut: true, spendMicros: true } }),
  );
  expect(total).toMatchObject({ requests: counted._count, bytes_out: Number(counted._sum.bytesOut) });
  expect(total.spend).toEqual({ amount: Number(counted._sum.spendMicros) / 1e6, currency: null });
  expect(total.requests).toBeGreaterThan(100_000);
});
