import { afterAll, beforeAll, expect, test } from '@jest/globals';
import pg from 'pg';
import type { Caller } from '../../../core/domain/caller.ts';
import { RequestLogUpload } from '../../../core/store/request-log-upload.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../../servers/seed.ts';
import { requestLogRow } from '../store/request-log-rows.ts';
import { call } from './call.ts';

let stack: TestDependencies;
let caller: Caller;
let agentId: string;

beforeAll(async () => {
  stack = await testDependencies();
  caller = await seedCaller(stack.dependencies.database, 'operator');
  agentId = await seedAgent(stack.dependencies.database, caller.organizationId);
});
afterAll(() => stack.stop());

const inDays = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();

test.each<[string, string, object, RegExp]>([
  ['ends before it starts', 'summarize_traffic', { since: inDays(-1), until: inDays(-2) }, /until: must be later/],
  ['begins in the future', 'summarize_traffic', { since: inDays(1) }, /since: must be in the past/],
  ['begins in the future', 'list_request_logs', { since: inDays(1), until: inDays(2) }, /since: must be in the past/],
  ['looks back for years', 'summarize_traffic', { since: '2020-01-01' }, /at most 400 days/],
  ['a year of minutes', 'summarize_traffic', { since: '365d', group_by: 'minute' }, /minutes of at most 24 hours/],
  ['old minutes', 'summarize_traffic', { since: inDays(-9), until: inDays(-8.5), group_by: 'minute' }, /kept for 72/],
  ['a year of hours', 'summarize_traffic', { since: '365d', group_by: 'hour' }, /hours of at most 31 days/],
  ['an unknown group', 'summarize_traffic', { group_by: 'colour' }, /group_by/],
  ['no time', 'summarize_traffic', { since: 'yesterday' }, /this_week/],
  ['no status', 'list_request_logs', { status: '6xx' }, /5xx or a status such as 503/],
  ['an unknown agent', 'summarize_traffic', { agent: 'nobody' }, /no agent "nobody"/],
  ['another list’s cursor', 'summarize_traffic', { cursor: '1-2-3' }, /cursor is none of ours/],
])('%s: %s tells what is wrong', async (_, operation, input, message) => {
  await expect(call(stack.dependencies, caller, operation, input)).rejects.toThrow(message);
});

test('a cursor asks for no finer groups than its first page might', async () => {
  const midnight = Math.ceil(Date.now() / 86_400_000) * 86_400_000;
  const ask = (group_by: string, days: number, until: number) => {
    const cursor = `${Date.parse(inDays(-days))}-${until}-200`;
    return call(stack.dependencies, caller, 'summarize_traffic', { group_by, cursor });
  };
  await expect(ask('minute', 365, midnight)).rejects.toThrow(/minutes of at most 24 hours/);
  await expect(ask('minute', 9, Date.parse(inDays(-8.5)))).rejects.toThrow(/kept for 72/);
  await expect(ask('hour', 365, midnight)).rejects.toThrow(/hours of at most 31 days/);
  await ask('minute', 1, midnight);
  await ask('hour', 31, midnight);
  await ask('day', 365, midnight);
});

test('pages of a summary hold the same range fast; a deleted agent’s calls keep its name', async () => {
  const { organizationId } = caller;
  const writer = new pg.Client({ connectionString: stack.testDatabase.urls.logWriter });
  await writer.connect();
  const row = requestLogRow({ organizationId, agentId, status: 503, errorCode: 'circuit_open' });
  const rows = [row, requestLogRow({ ...row, status: 200, errorCode: null }), requestLogRow({ organizationId })];
  await new RequestLogUpload().write(writer, row.id, [{ number: 1, rows }]);
  await writer.end();
  await stack.dependencies.database.inOrganization(organizationId, (transaction) =>
    transaction.agent.update({ where: { id: agentId }, data: { deletedAt: new Date() } }),
  );

  const ask = (input: object) => call(stack.dependencies, caller, 'summarize_traffic', { group_by: 'agent', ...input });
  const first = await ask({ limit: 1 });
  expect(first.items).toMatchObject([{ key: 'stripe-relay', id: agentId, requests: 2, errors: 1, error_rate: 0.5 }]);
  expect(first.total).toMatchObject({ requests: 3, errors: 1 });
  expect(first.top_errors).toEqual([{ status: 503, error_code: 'circuit_open', requests: 1 }]);
  const second = await ask({ limit: 1, since: '7d', cursor: first.next_cursor });
  expect(second).toMatchObject({ since: first.since, items: [{ key: 'unknown', requests: 1 }], next_cursor: null });
  expect(await call(stack.dependencies, caller, 'list_request_logs', { agent: agentId, status: '5xx' })).toMatchObject({
    items: [{ agent: 'stripe-relay', status: 503 }],
  });
});
