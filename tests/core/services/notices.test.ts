import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { MockActivityEnvironment } from '@temporalio/testing';
import { attemptDeliveries } from '../../../activities/alert-deliveries.ts';
import { createDueRotationActivities } from '../../../activities/due-rotations.ts';
import type { Caller } from '../../../core/domain/caller.ts';
import { DAY_MS } from '../../../core/domain/times.ts';
import { failOperation } from '../../../core/services/long-running.ts';
import { endNotices, giveNotice, type NewNotice } from '../../../core/services/notices.ts';
import { acceptOperation } from '../../../core/services/operations.ts';
import { type DeliveryHarness, startDeliveryHarness } from '../../activities/delivery-harness.ts';
import { addMember } from '../../servers/seed.ts';
import { call } from '../operations/call.ts';

let harness: DeliveryHarness;
let admin: Caller;
let notice: NewNotice;

beforeAll(async () => {
  harness = await startDeliveryHarness();
});
afterAll(() => harness.stop());
beforeEach(async () => {
  await harness.giveUpPending();
  for (const list of [harness.smtp.mails, harness.smtp.faults]) list.length = 0;
  admin = await harness.seedAdmin();
  notice = {
    kind: 'credential_expires',
    severity: 'warning',
    target: { kind: 'credential', id: admin.person.id, name: 'stripe-prod-key' },
    matter: '2026-12-31T00:00:00.000Z',
    occasion: '7 days before',
    title: 'A credential expires',
    text: '"stripe-prod-key" expires on 2026-12-31.',
    path: '/credentials',
    to: { role: 'admin' },
  };
});

const ask = (name: string, input: object = {}) => call(harness.dependencies, admin, name, input);
type Work = Parameters<typeof harness.dependencies.database.inOrganization>[1];
const inOrganization = (work: Work) => harness.dependencies.database.inOrganization(admin.organizationId, work);

/** As an activity gives it: written down in a transaction, then mailed. */
async function give(changes: Partial<NewNotice> = {}): Promise<void> {
  const planned = await harness.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
    giveNotice(transaction, harness.dependencies, { ...notice, ...changes }),
  );
  await attemptDeliveries(harness.delivering, planned);
}
const states = async () => {
  const { items } = await ask('list_alerts', { state: 'all', limit: 50 });
  return (items as { text: string; state: string }[]).map(({ text, state }) => `${text} ${state}`).sort();
};

test('an occasion is told once, at once by mail; a newer one of the same matter takes its place', async () => {
  await Promise.all([give({ text: 'a' }), give({ text: 'a' }), give({ text: 'a' })]);
  await give({ matter: '2027-01-31T00:00:00.000Z', text: 'other' });
  await give({ occasion: '1 days before', text: 'b' });
  expect(await states()).toEqual(['a resolved', 'b firing', 'other firing']);
  const subjects = harness.smtp.mails.map(({ raw }) => /Subject: (.*)/.exec(raw)?.[1]);
  expect(subjects).toEqual(Array(3).fill('[AgentGateway] A credential expires'));
  expect(harness.smtp.mails[0]).toMatchObject({ to: [admin.person.email] });
});

test('it ends with its operation, and a mail that could not go before does not go after', async () => {
  const target = { kind: 'agent', id: await seedAgentId(), name: 'an-agent' };
  const { operation } = await harness.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
    acceptOperation(transaction, {
      kind: 'delete_agent',
      area: 'agents',
      steps: ['drain'],
      target,
      input: {},
      requestedBy: { kind: 'system', id: 'system', name: 'x', app: null, grantId: null },
      requestedPersonId: null,
      approvable: 'delete',
      workflowId: (id) => `x/${id}`,
    }),
  );
  harness.smtp.faults.push({ at: 'connection', reply: 421 });
  await give({ kind: 'approval', target, operationId: operation.id });
  await give({ kind: 'usage', matter: '2026-11/requests 5', text: 'stays' });
  await inOrganization((transaction) => failOperation(transaction, operation.id, { code: 'x', detail: 'x' }));
  expect(await states()).toEqual([`${notice.text} resolved`, 'stays firing']);
  harness.clock.aheadMs = 120_000;
  await new MockActivityEnvironment().run(harness.activities.deliverDue);
  harness.clock.aheadMs = 0;
  expect(harness.smtp.mails).toHaveLength(1);
  const [first] = await harness.deliveriesOf(admin);
  expect(first).toMatchObject({ state: 'failed', lastError: expect.stringContaining('had ended') });
});

const seedAgentId = async () => (await ask('create_agent', { name: 'an-agent', upstream_url: 'a.test' })).agent.id;

test('who sees to it tells nobody, and ends what nothing else would end', async () => {
  await give({ kind: 'key_left', text: 'left' });
  await give({ kind: 'credential_expires', text: 'expires' });
  const { items } = await ask('list_alerts');
  for (const { id } of items) await ask('acknowledge_alert', { alert: id });
  expect(await states()).toEqual(['expires acknowledged', 'left resolved']);
  expect(harness.smtp.mails).toHaveLength(2);
  const alerts = await harness.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
    transaction.alert.findMany(),
  );
  expect(alerts.filter(({ sequence, toldSequence }) => sequence !== toldSequence)).toEqual([]);
});

test('a mail for somebody who is no member any more goes to the admins', async () => {
  const manager = await addMember(harness.dependencies.database, admin, 'manager');
  await give({ to: { personIds: [manager.person.id] } });
  await inOrganization((transaction) => transaction.membership.deleteMany({ where: { personId: manager.person.id } }));
  await give({ to: { personIds: [manager.person.id] }, occasion: '1 days before' });
  expect(harness.smtp.mails.map(({ to }) => to)).toEqual([[manager.person.email], [admin.person.email]]);
});

test('invariant 1: a link to enter a value is made when its mail is sent, and stands in no row', async () => {
  const { credential } = await ask('create_credential', { name: 'by-hand' });
  const entry = { credentialId: credential.id, personId: admin.person.id };
  await give({ kind: 'value', entry, longText: 'Enter it.' });
  const link = /\/entry\/(agl_[0-9A-Za-z]+)/.exec(harness.smtp.mails[0]?.raw.replace(/=\r?\n/g, '') ?? '')?.[1];
  expect(link).toMatch(/^agl_/);
  const rows = await harness.dependencies.database.inOrganization(admin.organizationId, async (transaction) => [
    await transaction.alert.findMany(),
    await transaction.delivery.findMany(),
  ]);
  expect(JSON.stringify(rows)).not.toContain(link);
});

test('a notice of an expiry ends when the credential has another date', async () => {
  const at = (days: number) => new Date(Date.now() + days * DAY_MS).toISOString();
  await ask('create_credential', { name: 'old', value: 'a-secret-0123456789', allowed_hosts: [], expires_at: at(5) });
  const { remindOfExpiries } = createDueRotationActivities({
    ...harness.delivering,
    workflows: harness.workflows,
    jobs: harness.jobs,
  });
  const remind = () => new MockActivityEnvironment().run(remindOfExpiries);
  await remind();
  await remind();
  expect(await states()).toEqual([expect.stringMatching(/"old" expires .* firing/)]);
  await ask('update_credential', { credential: 'old', expires_at: at(300) });
  await remind();
  expect(await states()).toEqual([expect.stringMatching(/"old" expires .* resolved/)]);
});

test('two that end a notice at once note one end', async () => {
  await give();
  const end = () => inOrganization((transaction) => endNotices(transaction, { kind: notice.kind }, 'over'));
  await Promise.all([end(), end(), end()]);
  const changes = await harness.dependencies.database.inOrganization(admin.organizationId, (transaction) =>
    transaction.alertChange.findMany({ orderBy: { sequence: 'asc' } }),
  );
  expect(changes.map(({ sequence, change }) => [sequence, change])).toEqual([
    [1, 'firing'],
    [2, 'resolved'],
  ]);
});
