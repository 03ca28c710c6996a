import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import { v7 as uuid } from 'uuid';
import type { Caller } from '../../../core/domain/caller.ts';
import { RequestLogUpload } from '../../../core/store/request-log-upload.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { addMember, seedAgent, seedCaller } from '../../servers/seed.ts';
import { requestLogRow } from '../store/request-log-rows.ts';
import { type Answer, call } from './call.ts';

let stack: TestDependencies;
let admin: Caller;
let owner: Caller;

beforeAll(async () => {
  const environment = { AGENTGATEWAY_OWNERS: 'owner@example.test' };
  stack = await testDependencies({ environment });
  admin = await seedCaller(stack.dependencies.database);
  const other = await seedCaller(stack.dependencies.database);
  owner = { ...other, person: { ...other.person, email: 'owner@example.test' } };
});
afterAll(() => stack.stop());

const ask = (caller: Caller, name: string, input: object = {}): Promise<Answer> =>
  call(stack.dependencies, caller, name, input);

test('usage counts what counts against the plan, by agent and day, beside limit and budgets', async () => {
  const { organizationId } = admin;
  const agentId = await seedAgent(stack.dependencies.database, organizationId);
  await ask(admin, 'update_agent', { agent: agentId, price: { currency: 'EUR', per_request: 0.01 } });
  const writer = new pg.Client({ connectionString: stack.testDatabase.urls.logWriter });
  await writer.connect();
  const time = Date.now();
  const row = (errorCode: string | null, spendMicros: number | null) =>
    requestLogRow({ organizationId, agentId, time, errorCode, spendMicros });
  const rows = [
    row(null, 10_000),
    row('upstream_timeout', null),
    row('rate_limited', null),
    row('plan_limit_reached', null),
  ];
  await new RequestLogUpload().write(writer, uuid(), [{ number: 1, rows }]);
  await writer.end();
  await ask(owner, 'update_plan', { organization: organizationId, requests_per_month: 1_000 });
  await ask(admin, 'update_budget', { agent: 'stripe-relay', requests_per_month: null, spend_per_month: 2.5 });
  await ask(admin, 'update_budget', { requests_per_month: 800, spend_per_month: null });

  const spend = { amount: 0.01, currency: 'EUR' };
  expect(await ask(admin, 'get_usage')).toEqual({
    month: new Date().toISOString().slice(0, 7),
    requests: 2,
    spend,
    limit: 1_000,
    projected: null,
    budget: { requests_per_month: 800, spend_per_month: null },
    agents: [
      {
        agent: 'stripe-relay',
        id: agentId,
        requests: 2,
        spend,
        budget: { requests_per_month: null, spend_per_month: 2.5 },
      },
    ],
    days: [{ day: new Date(time).toISOString().slice(0, 10), requests: 2, spend }],
  });
  expect(await ask(admin, 'get_usage', { month: '2025-02' })).toMatchObject({ requests: 0, projected: 0, days: [] });
  await expect(ask(admin, 'get_usage', { month: '2099-01' })).rejects.toThrow('month: has not begun yet');
  await expect(ask(admin, 'get_usage', { month: '2026-13' })).rejects.toThrow('write a month such as 2026-11');
});

test('only an instance owner sets a plan; what is left out stays, and both organizations have it on record', async () => {
  const organization = admin.organizationId;
  await expect(ask(admin, 'update_plan', { organization, requests_per_month: null })).rejects.toThrow(
    'set by the owners of this installation',
  );
  await ask(owner, 'update_plan', { organization, requests_per_month: 5_000 });
  const { plan } = await ask(owner, 'update_plan', { organization, retention_days: 7 });
  expect(plan).toEqual({ requests_per_month: 5_000, retention_days: 7 });
  expect(await ask(admin, 'get_plan')).toEqual({ plan });
  await expect(ask(owner, 'update_plan', { organization: uuid(), retention_days: 7 })).rejects.toThrow(
    'There is no organization',
  );
  for (const caller of [owner, admin]) {
    const where = { action: 'update_plan', outcome: 'succeeded', targetId: organization };
    const events = await stack.dependencies.database.inOrganization(caller.organizationId, (transaction) =>
      transaction.auditEvent.findMany({ where, orderBy: { id: 'desc' }, take: 1 }),
    );
    expect(events).toMatchObject([{ actorName: 'owner@example.test' }]);
  }
});

test('a plan changes once for a key: neither a repeated call nor one with a used key sets it again', async () => {
  for (const caller of [owner, admin]) {
    const organization = caller.organizationId;
    const first = { organization, requests_per_month: 100, idempotency_key: uuid() };
    const answer = await ask(owner, 'update_plan', first);
    await ask(owner, 'update_plan', { organization, requests_per_month: 200 });
    expect(await ask(owner, 'update_plan', first)).toEqual(answer);
    await expect(ask(owner, 'update_plan', { ...first, requests_per_month: 300 })).rejects.toThrow('another input');
    const { plan } = await ask(caller, 'get_plan');
    expect(plan.requests_per_month).toBe(200);
  }
});

test('a budget names only an agent of its own organization, whatever writes it', async () => {
  const agentId = await seedAgent(stack.dependencies.database, owner.organizationId);
  const data = { organizationId: admin.organizationId, agentId, requestsPerMonth: 1n };
  const written = stack.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
    transaction.budget.create({ data }),
  );
  await expect(written).rejects.toMatchObject({ code: 'P2003' });
});

test('budgets are the admins’; one without limits is gone', async () => {
  const manager = await addMember(stack.dependencies.database, admin, 'manager');
  const limits = { requests_per_month: null, spend_per_month: null };
  await expect(ask(manager, 'update_budget', limits)).rejects.toThrow('needs role admin');
  expect(await ask(admin, 'update_budget', limits)).toEqual({ agent: null, budget: null });
  expect(await ask(admin, 'get_usage')).toMatchObject({ budget: null });
});
