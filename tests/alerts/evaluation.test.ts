import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { type AlertTrial, startTrial } from './harness.ts';

let trial: AlertTrial;
let agents: Record<'good' | 'bad', string>;

beforeAll(async () => {
  trial = await startTrial();
  agents = { good: await trial.addAgent('good'), bad: await trial.addAgent('bad') };
});
afterAll(() => trial?.stop());

const FORGET =
  'TRUNCATE alert_rule, alert_evaluation, alert_rule_state, alert, alert_agent, alert_change, traffic_minute, traffic_hour, traffic_touched CASCADE';
beforeEach(() => trial.sql.query(FORGET));

const minutes = (from: number, until: number) => Array.from({ length: until - from }, (_, index) => from + index);

/** The rule of the public page's question. */
const QUESTION = {
  name: 'Error rate above 5 %',
  metric: 'error_rate',
  comparison: 'gt',
  threshold: 0.05,
  window_seconds: 60,
  for_seconds: 600,
  scope: { agents: 'any' },
};

/** 3 % of the good agent's calls fail, and from minute 5 to 25 a tenth of the bad one's. */
const outage = () =>
  minutes(0, 45).flatMap((minute) => [
    { agentId: agents.good, minute, ok: 97, failed: 3 },
    { agentId: agents.bad, minute, ...(minute >= 5 && minute < 25 ? { ok: 90, failed: 10 } : { ok: 100 }) },
  ]);
const EXPECTED = {
  state: 'resolved',
  isGroup: false,
  agents: ['bad'],
  since: 6,
  fired: 16,
  resolved: 36,
  changes: ['firing', 'resolved'],
};

test('an error rate above 5 % for 10 minutes on any agent fires once, for that agent, and ends when it is over', async () => {
  await trial.createRule(QUESTION);
  await trial.addCalls(outage());
  await trial.evaluateUntil(15);
  expect(await trial.alerts()).toEqual([]);
  await trial.evaluateUntil(16);
  expect(await trial.alerts()).toMatchObject([{ state: 'firing', agents: ['bad'], since: 6, fired: 16 }]);
  expect((await trial.run('list_alert_rules')).items).toMatchObject([{ firing: 1 }]);
  for (const minute of minutes(17, 45)) await trial.evaluateUntil(minute);
  const [alert] = await trial.alerts();
  expect(alert).toMatchObject(EXPECTED);
  expect((await trial.run('list_alerts')).items).toEqual([]);
  const { items } = await trial.run('list_alerts', { alert: alert?.id });
  expect(items).toMatchObject([{ id: alert?.id, state: 'resolved', agents: [{ name: 'bad' }], agent_count: 1 }]);
});

describe('no window is left out and none counts twice', () => {
  test.each([
    ['all at once, after a long pause', [45]],
    ['in steps of some minutes', [4, 11, 12, 20, 33, 45]],
  ])('%s', async (_, evaluations) => {
    await trial.createRule(QUESTION);
    await trial.addCalls(outage());
    for (const minute of evaluations) await trial.evaluateUntil(minute);
    expect(await trial.alerts()).toMatchObject([EXPECTED]);
  });

  test('by several evaluations at once, each minute', async () => {
    await trial.createRule(QUESTION);
    await trial.addCalls(outage());
    for (const minute of minutes(1, 46)) await Promise.all([1, 2, 3].map(() => trial.evaluateUntil(minute)));
    expect(await trial.alerts()).toMatchObject([EXPECTED]);
  });
});

test('calls that come late, but within two minutes, are taken in', async () => {
  await trial.createRule({ ...QUESTION, for_seconds: 0 });
  await trial.addCalls([{ agentId: agents.bad, minute: 3, ok: 100 }]);
  // The window that ends with minute 4 is looked at two minutes after its end, and no sooner.
  await trial.jobs.alerts.evaluateRules({ shard: 0, shards: 1 }, trial.start + 6 * 60_000 - 1);
  await trial.addCalls([{ agentId: agents.bad, minute: 3, failed: 10 }]);
  await trial.evaluateUntil(4);
  expect(await trial.alerts()).toMatchObject([{ since: 4, fired: 4 }]);
});

test('the replay of a rule tells of what its evaluation came to', async () => {
  await trial.createRule({
    ...QUESTION,
    name: 'p95',
    metric: 'p95_latency_ms',
    threshold: 400,
    for_seconds: 120,
  });
  await trial.createRule({ ...QUESTION, name: 'hourly', window_seconds: 3_600, for_seconds: 0 });
  // The past of the replay is what the evaluation sees as it goes along, but for the clock.
  await trial.sql.query(`UPDATE alert_rule SET evaluated_from = evaluated_from - interval '5 hours'`);
  await trial.addCalls(
    minutes(-200, -10).flatMap((minute) => [
      { agentId: agents.bad, minute, ok: 20, failed: minute % 50 < -40 ? 9 : 0, row: {} },
      { agentId: agents.good, minute, ok: 10, row: { latencyMs: minute % 60 < -30 ? 900 : 20 } },
    ]),
  );
  await trial.evaluateUntil(-1);
  for (const rule of ['p95', 'hourly']) {
    const replay = await trial.run('test_alert_rule', { rule, since: '5h' });
    const { rows } = await trial.sql.query(
      `SELECT g.name AS agent, a.since, a.fired_at AS "firedAt", a.resolved_at AS "endedAt" FROM alert a
       JOIN alert_agent m ON m.alert_id = a.id JOIN agent g ON g.id = m.agent_id WHERE a.name = $1 ORDER BY a.fired_at`,
      [rule],
    );
    expect(replay.fired).toBe({ p95: 3, hourly: 1 }[rule]);
    expect(replay.items).toMatchObject(
      rows.map(({ agent, since, firedAt, endedAt }) => ({
        agent,
        since: since.toISOString(),
        fired_at: firedAt.toISOString(),
        ended_at: endedAt?.toISOString() ?? null,
      })),
    );
  }
});

test('more than 20 agents on one rule make one incident together, which lasts as long as any of them', async () => {
  const many: string[] = [];
  for (const number of minutes(10, 35)) many.push(await trial.addAgent(`many-${number}`));
  await trial.createRule({ ...QUESTION, for_seconds: 0 });
  const failing = (minute: number, ids: string[]) => ids.map((agentId) => ({ agentId, minute, failed: 5 }));
  await trial.addCalls([
    ...failing(1, many.slice(0, 3)),
    ...minutes(2, 5).flatMap((minute) => failing(minute, many)),
    ...minutes(5, 20).flatMap((minute) => failing(minute, many.slice(24))),
  ]);
  await trial.evaluateUntil(15);
  const [first, second, third, group, ...none] = await trial.alerts();
  expect(none).toEqual([]);
  expect([first, second, third]).toMatchObject(
    [10, 11, 12].map((number) => ({ agents: [`many-${number}`], isGroup: false, fired: 2, state: 'resolved' })),
  );
  expect(group).toMatchObject({
    isGroup: true,
    fired: 3,
    state: 'firing',
    agents: minutes(13, 35).map((n) => `many-${n}`),
  });
  await trial.evaluateUntil(30);
  expect(await trial.alerts()).toMatchObject([{}, {}, {}, { state: 'resolved', resolved: 26 }]);
});

test('a rule on a deleted agent is shown as such, and its alert ends', async () => {
  await trial
    .addAgent('doomed')
    .then((agentId) => trial.addCalls(minutes(0, 9).map((minute) => ({ agentId, minute, failed: 9 }))));
  await trial.createRule({ ...QUESTION, for_seconds: 0, scope: { agents: ['doomed'] } });
  await trial.evaluateUntil(3);
  expect(await trial.alerts()).toMatchObject([{ state: 'firing', agents: ['doomed'] }]);
  await trial.sql.query("UPDATE agent SET deleted_at = now() WHERE name = 'doomed'");
  await trial.evaluateUntil(4);
  expect(await trial.alerts()).toMatchObject([{ state: 'resolved', resolved: 4 }]);
  expect((await trial.run('list_alert_rules')).items).toMatchObject([
    { scope: { agents: ['doomed'] }, warnings: [expect.stringContaining('"doomed" is deleted')] },
  ]);
});

test('a rule that is deleted, disabled or changed ends its alerts at once, and begins anew when it is back', async () => {
  await trial.createRule({ ...QUESTION, for_seconds: 0 });
  await trial.addCalls(minutes(0, 40).map((minute) => ({ agentId: agents.bad, minute, failed: 9 })));
  await trial.evaluateUntil(3);
  const { dry_run, would } = await trial.run('delete_alert_rule', { rule: QUESTION.name, dry_run: true });
  expect([dry_run, would[0]]).toEqual([true, 'end its open alert']);
  await trial.run('delete_alert_rule', { rule: QUESTION.name });
  expect(await trial.alerts()).toMatchObject([{ state: 'resolved', changes: ['firing', 'resolved'] }]);
  await trial.evaluateUntil(6);
  expect(await trial.alerts()).toHaveLength(1);
  const { alert_rule } = await trial.run('restore_alert_rule', { rule: QUESTION.name });
  await trial.evaluateUntil(9);
  expect(await trial.alerts()).toMatchObject([{}, { state: 'firing' }]);
  await trial.run('update_alert_rule', { rule: alert_rule.id, enabled: false, expected_version: alert_rule.version });
  expect(await trial.alerts()).toMatchObject([{}, { state: 'resolved' }]);
  await expect(
    trial.run('update_alert_rule', { rule: alert_rule.id, enabled: true, expected_version: alert_rule.version }),
  ).rejects.toMatchObject({ code: 'version_mismatch' });
});
