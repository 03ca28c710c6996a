import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { LATE_MS } from '../../../core/domain/alert-evaluation.ts';
import { MINUTE_MS } from '../../../core/domain/times.ts';
import { RequestLogUpload } from '../../../core/store/request-log-upload.ts';
import { call } from '../../core/operations/call.ts';
import { requestLogRow } from '../../core/store/request-log-rows.ts';
import { seedAgent, seedCaller } from '../../servers/seed.ts';
import { seededRandom } from '../../servers/seeded-random.ts';
import type { AlertStage } from './stage.ts';

const MINUTES = 120;
const STEP_MINUTES = 10;
const AGENTS = 6;
/** How long what is left may take to be told, once nothing is killed any more. */
const SETTLED_WITHIN_MS = 90_000;

/** What a trial came to; nothing is wrong if the first five are 0. */
export interface AlertOutcome {
  /** Alerts that the undisturbed replay of the rule does not know, or that are missing. */
  wrongAlerts: number;
  /** Changes without exactly one delivery that was sent. */
  lost: number;
  doubled: number;
  /** Posts with the ID of another delivery of the same change. */
  doublePosts: number;
  /** Deliveries at the first attempt that arrived before one of an earlier change of their alert. */
  outOfOrder: number;
  alerts: number;
  changes: number;
  posts: number;
}

/** Two hours of six agents that fail by turns, evaluated ten minutes at a time while something is killed. */
export async function runTrial(
  stage: AlertStage,
  seed: number,
  disturb: (step: number) => Promise<void>,
): Promise<AlertOutcome> {
  const { dependencies, receiver } = stage;
  const caller = await seedCaller(dependencies.database);
  const run = (name: string, input: object) => call(dependencies, caller, name, input);
  const channel = { name: 'hook', kind: 'webhook', url: `${receiver.url}/${seed}` };
  await run('create_channel', channel);
  const now = Date.now();
  const start = now - (now % MINUTE_MS) - (MINUTES + LATE_MS / MINUTE_MS) * MINUTE_MS;
  await writeOutages(stage, caller.organizationId, start, seededRandom(seed));
  const rule = { name: 'errors', metric: 'error_rate', threshold: 0.05, for_seconds: 120, channels: ['hook'] };
  const { alert_rule } = await run('create_alert_rule', rule);
  await dependencies.database.inOrganization(caller.organizationId, (transaction) =>
    transaction.alertRule.update({ where: { id: alert_rule.id }, data: { evaluatedFrom: new Date(start) } }),
  );
  for (let minute = STEP_MINUTES; minute <= MINUTES; minute += STEP_MINUTES) {
    const disturbance = disturb(minute / STEP_MINUTES);
    await stage.evaluate(start + minute * MINUTE_MS + LATE_MS);
    await disturbance;
  }
  await untilTold(stage, start + MINUTES * MINUTE_MS + LATE_MS);
  await stage.repeatDeliveries();
  const replay = await run('test_alert_rule', { rule: 'errors', since: new Date(start).toISOString() });
  return judge(stage, alert_rule.id, replay.items, `/${seed}`);
}

/** Each agent's calls, a quarter of which fail in stretches of some minutes. */
async function writeOutages(
  stage: AlertStage,
  organizationId: string,
  start: number,
  random: () => number,
): Promise<void> {
  const writer = new pg.Client({ connectionString: stage.logWriterUrl });
  await writer.connect();
  const rows = [];
  for (let index = 0; index < AGENTS; index += 1) {
    const agentId = await seedAgent(stage.dependencies.database, organizationId, `agent-${index}`);
    let isFailing = false;
    for (let minute = 0; minute < MINUTES; minute += 1) {
      if (random() < 0.08) isFailing = !isFailing;
      for (let count = 0; count < 4; count += 1) {
        const status = isFailing && count === 0 ? 502 : 200;
        rows.push(requestLogRow({ organizationId, agentId, status, time: start + minute * MINUTE_MS + count }));
      }
    }
  }
  await new RequestLogUpload().write(writer, randomUUID(), [{ number: 1, rows }]);
  await writer.end();
}

/** Runs the evaluation as its schedule would, until each change is told. */
async function untilTold(stage: AlertStage, now: number): Promise<void> {
  const deadline = Date.now() + SETTLED_WITHIN_MS;
  for (;;) {
    await stage.evaluate(now);
    for (let look = 0; look < 10; look += 1) {
      const [left] = await stage.ask<{ left: number }>(
        `SELECT (SELECT count(*)::int FROM alert WHERE told_sequence < sequence) +
           (SELECT count(*)::int FROM alert_evaluation WHERE evaluated_through < $1) AS left`,
        [new Date(now - LATE_MS)],
      );
      if (left?.left === 0) return;
      await pause(200);
    }
    if (Date.now() > deadline) throw new Error('Some changes are never told.');
  }
}

interface ToldChange {
  alertId: string;
  sequence: number;
}

async function judge(
  { dependencies, receiver, ask }: AlertStage,
  ruleId: string,
  replayed: { fired_at: string; ended_at: string | null }[],
  path: string,
): Promise<AlertOutcome> {
  const alerts = await ask<{ id: string; organizationId: string; fired: Date; resolved: Date | null }>(
    'SELECT id, organization_id AS "organizationId", fired_at AS fired, resolved_at AS resolved FROM alert WHERE rule_id = $1',
    [ruleId],
  );
  const changes = await ask<ToldChange>(
    'SELECT alert_id AS "alertId", sequence FROM alert_change WHERE alert_id = ANY ($1::uuid[])',
    [alerts.map(({ id }) => id)],
  );
  const organizationId = alerts[0]?.organizationId ?? '';
  const deliveries = await dependencies.database.inOrganization(organizationId, (transaction) =>
    transaction.delivery.findMany({ select: { id: true, alertId: true, sequence: true, state: true, attempts: true } }),
  );
  const of = ({ alertId, sequence }: ToldChange) =>
    deliveries.filter((delivery) => delivery.alertId === alertId && delivery.sequence === sequence);
  const posts = receiver.posts.filter((post) => post.path === path);
  const ids = [...new Set(posts.map(({ headers }) => String(headers['webhook-id'])))];
  const arrived = ids.flatMap((id) => deliveries.find((delivery) => delivery.id === id) ?? []);
  const spans = (from: string | Date, until: string | Date | null) =>
    `${new Date(from).toISOString()} ${until === null ? '' : new Date(until).toISOString()}`;
  const known = alerts.map(({ fired, resolved }) => spans(fired, resolved)).sort();
  const wanted = replayed.map(({ fired_at, ended_at }) => spans(fired_at, ended_at)).sort();
  return {
    wrongAlerts: JSON.stringify(known) === JSON.stringify(wanted) ? 0 : Math.abs(known.length - wanted.length) || 1,
    lost: changes.filter((change) => !of(change).some(({ state, id }) => state === 'sent' && ids.includes(id))).length,
    doubled: changes.filter((change) => of(change).length > 1).length,
    doublePosts: ids.length - changes.length,
    outOfOrder: arrived.filter(
      ({ alertId, sequence, attempts }, index) =>
        attempts === 1 &&
        arrived.slice(0, index).some((before) => before.alertId === alertId && before.sequence > sequence),
    ).length,
    alerts: alerts.length,
    changes: changes.length,
    posts: posts.length,
  };
}
