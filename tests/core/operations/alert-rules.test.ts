import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { MOST_RULES } from '../../../core/domain/alert-rules.ts';
import type { Caller } from '../../../core/domain/caller.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../../servers/seed.ts';
import { call } from './call.ts';

let stack: TestDependencies;
let caller: Caller;

beforeAll(async () => {
  stack = await testDependencies();
  caller = await seedCaller(stack.dependencies.database, 'manager');
  await seedAgent(stack.dependencies.database, caller.organizationId, 'stripe-relay');
});
afterAll(() => stack.stop());

const run = (operation: string, input: object = {}) => call(stack.dependencies, caller, operation, input);
const question = { name: 'errors', metric: 'error_rate', threshold: 0.05, for_seconds: 600 };

describe('what is wrong with a rule is said', () => {
  test.each<[string, object, RegExp]>([
    [
      'a threshold of 500 %',
      { threshold: 5 },
      /threshold: of error_rate must be between 0 and 1: a fraction, so write 0.05 for 5 %/,
    ],
    ['a threshold in per cent', { threshold: 500 }, /between 0 and 1/],
    ['a threshold that nothing exceeds', { threshold: 1 }, /never/],
    ['a threshold that everything meets', { comparison: 'gte', threshold: 0 }, /would always fire/],
    ['no threshold', { threshold: undefined }, /threshold: error_rate needs one/],
    ['an unknown metric', { metric: 'happiness' }, /metric/],
    ['a year of minutes', { window_seconds: 365 * 86_400 }, /window_seconds.*at most 86400, which is a day/],
    ['half a minute', { window_seconds: 90 }, /whole minutes/],
    ['a label that no agent has', { scope: { label: 'team:none' } }, /scope: no agent has the label "team:none"/],
    ['an agent that there is not', { scope: { agents: ['stripe-relay', 'gone'] } }, /scope: there is no agent "gone"/],
    ['a channel that there is not', { channels: ['pager'] }, /channels: there is no channel "pager"/],
    ['a threshold of what takes none', { metric: 'no_traffic', threshold: 5 }, /no_traffic takes neither/],
  ])('%s', async (_, wrong, message) => {
    await expect(run('create_alert_rule', { ...question, ...wrong })).rejects.toMatchObject({
      code: 'invalid_request',
      message: expect.stringMatching(message),
    });
  });

  test('a replay further back than minutes are kept, or of too much at once', async () => {
    await expect(run('test_alert_rule', { metric: 'error_rate', threshold: 0.05, since: '7d' })).rejects.toThrow(
      /at most 48h back/,
    );
    await expect(run('test_alert_rule', {})).rejects.toThrow(/metric: choose one of error_rate/);
  });
});

test('a rule is shown as it was made, with its defaults and its condition in words', async () => {
  const { alert_rule } = await run('create_alert_rule', question);
  expect(alert_rule).toMatchObject({
    ...question,
    comparison: 'gt',
    window_seconds: 60,
    minimum_calls: 1,
    scope: { agents: 'any' },
    severity: 'warning',
    channels: [],
    enabled: true,
    condition: 'error rate above 5 % in 1 minute, for 10 minutes',
    firing: 0,
    warnings: [],
  });
});

test('a deleted rule leaves its name free, and comes back under another', async () => {
  const { alert_rule } = await run('create_alert_rule', { ...question, name: 'twice' });
  await expect(run('create_alert_rule', { ...question, name: 'twice' })).rejects.toMatchObject({ code: 'conflict' });
  await run('delete_alert_rule', { rule: 'twice' });
  await run('create_alert_rule', { ...question, name: 'twice' });
  expect((await run('list_alert_rules', { deleted: true })).items).toMatchObject([{ id: alert_rule.id }]);
  await expect(run('restore_alert_rule', { rule: alert_rule.id })).rejects.toThrow(/new_name/);
  const restored = await run('restore_alert_rule', { rule: alert_rule.id, new_name: 'thrice' });
  expect(restored.alert_rule).toMatchObject({ name: 'thrice', restorable_until: null });
});

test('what a change leaves out stays; another metric, to be tried, needs a threshold of its own', async () => {
  const { alert_rule } = await run('create_alert_rule', { ...question, name: 'changing', severity: 'critical' });
  const rule = alert_rule.id;
  await expect(run('test_alert_rule', { rule, metric: 'spend' })).rejects.toThrow(/threshold: spend needs one/);
  const updated = await run('update_alert_rule', { rule, threshold: 0.1, scope: { agents: ['stripe-relay'] } });
  expect(updated.alert_rule).toMatchObject({
    condition: 'error rate above 10 % in 1 minute, for 10 minutes',
    severity: 'critical',
    scope: { agents: ['stripe-relay'] },
    version: 2,
  });
});

test('an organization has no more rules than are evaluated in time', async () => {
  const other = await seedCaller(stack.dependencies.database);
  await stack.dependencies.database.inOrganization(other.organizationId, (transaction) =>
    transaction.alertRule.createMany({
      data: Array.from({ length: MOST_RULES }, (_, index) => ({
        organizationId: other.organizationId,
        name: `rule ${index}`,
        metric: 'error_rate',
        comparison: 'gt',
        threshold: 0.5,
        windowSeconds: 60,
        forSeconds: 0,
        minimumCalls: 1,
        severity: 'info',
        evaluatedFrom: new Date(),
      })),
    }),
  );
  await expect(call(stack.dependencies, other, 'create_alert_rule', question)).rejects.toThrow(
    /at most 1000 alert rules/,
  );
});
