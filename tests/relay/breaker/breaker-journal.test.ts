import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import type { Caller } from '../../../core/domain/caller.ts';
import type { BreakerState } from '../../../core/domain/circuit-breaker.ts';
import type { BreakerEvent } from '../../../relay/breaker/breaker.ts';
import { BreakerJournal } from '../../../relay/breaker/breaker-journal.ts';
import { call } from '../../core/operations/call.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedAgent, seedCaller } from '../../servers/seed.ts';

const ERROR = { time: '2026-11-22T10:00:00.000Z', error: '503' };
const EVIDENCE = { window_seconds: 30, calls: 20, failures: 12, last_errors: [ERROR] };

let stack: TestDependencies;
let caller: Caller;
let agentId: string;
let journal: BreakerJournal;
let sql: pg.Client;

beforeAll(async () => {
  stack = await testDependencies();
  sql = new pg.Client({ connectionString: stack.testDatabase.urls.superuser });
  await sql.connect();
});
afterAll(async () => {
  await sql.end();
  await stack.stop();
});
beforeEach(async () => {
  caller = await seedCaller(stack.dependencies.database, 'manager');
  agentId = await seedAgent(stack.dependencies.database, caller.organizationId);
  journal = openJournal();
});

const openJournal = () => new BreakerJournal(stack.testDatabase.urls.relay, stack.dependencies.log);
const as = (name: string, input?: unknown) => call(stack.dependencies, caller, name, input);
const shown = async () => (await as('list_circuit_breakers')).items[0];

function opened(time: number, coolDownMs = 60_000): BreakerEvent {
  const state: BreakerState = { name: 'open', epoch: 1, since: time, resetAt: 0, coolDownMs, until: time + coolDownMs };
  return { agentId, time, from: 'closed', state, why: 'too_many_failures', evidence: EVIDENCE };
}

/** Written is what stands there when the journal has stopped. */
async function write(...events: BreakerEvent[]): Promise<void> {
  for (const event of events) journal.note(event);
  await journal.stop();
  journal = openJournal();
}

test('list_circuit_breakers and the agent show what the relay found: state, why, since when, next probe, evidence', async () => {
  expect(await shown()).toMatchObject({ agent: 'stripe-relay', state: 'closed', why: null, evidence: {}, changes: [] });
  const time = Date.now();
  await write(opened(time));
  expect(await shown()).toMatchObject({
    state: 'open',
    why: '12 of 20 calls within 30 s failed.',
    since: new Date(time).toISOString(),
    next_probe_at: new Date(time + 60_000).toISOString(),
    evidence: EVIDENCE,
    changes: [{ from: 'closed', to: 'open', time: new Date(time).toISOString() }],
  });
  expect((await as('list_circuit_breakers', { state: 'closed' })).items).toEqual([]);
  expect((await as('get_agent', { agent: agentId })).agent.circuit_breaker).toEqual({ state: 'open' });
  expect((await as('list_agents')).items[0].circuit_breaker).toEqual({ state: 'open' });
});

test('a breaker whose cool-down is over is half open, although no call has come to tell', async () => {
  await write(opened(Date.now() - 10_000, 5_000));
  expect(await shown()).toMatchObject({ state: 'half_open', next_probe_at: null });
  expect((await as('list_circuit_breakers', { state: 'half_open' })).items).toHaveLength(1);
  expect((await as('list_agents')).items[0].circuit_breaker).toEqual({ state: 'half_open' });
});

test('another organization sees none of it (invariant 7)', async () => {
  await write(opened(Date.now()));
  const foreign = await seedCaller(stack.dependencies.database, 'admin');
  expect((await call(stack.dependencies, foreign, 'list_circuit_breakers')).items).toEqual([]);
  const rows = await stack.dependencies.database.inOrganization(foreign.organizationId, async (transaction) => [
    await transaction.circuitBreaker.count(),
    await transaction.circuitBreakerEvent.count(),
  ]);
  expect(rows).toEqual([0, 0]);
});

test('a change from before a reset, written late, stays history', async () => {
  await as('reset_circuit_breaker', { agent: agentId });
  await write(opened(Date.now() + 5_000));
  const breaker = await shown();
  expect(breaker).toMatchObject({ state: 'closed', why: `Reset by ${caller.person.email}.` });
  expect(breaker.changes.map(({ to }: { to: string }) => to)).toEqual(['open', 'closed']);
});

test('what the database did not take is written later, once and in order', async () => {
  await sql.query('REVOKE INSERT ON circuit_breaker_event FROM agentgateway_relay');
  const refused = Promise.withResolvers<void>();
  journal = new BreakerJournal(
    stack.testDatabase.urls.relay,
    pino({ level: 'warn' }, { write: () => refused.resolve() }),
  );
  journal.start();
  const time = Date.now();
  journal.note(opened(time));
  const closed: BreakerState = { name: 'closed', epoch: 3, since: time + 1, resetAt: 0, coolDownMs: 60_000 };
  journal.note({ agentId, time: time + 1, from: 'half_open', state: closed, why: 'probe_succeeded', evidence: {} });
  await refused.promise;
  expect(await shown()).toMatchObject({ state: 'closed', changes: [] });
  await sql.query('GRANT INSERT ON circuit_breaker_event TO agentgateway_relay');
  await journal.stop();
  const { state, changes } = await shown();
  expect(state).toBe('closed');
  expect(changes.map(({ to }: { to: string }) => to)).toEqual(['closed', 'open']);
});

test('a restarted relay knows which breakers were open, and until when', async () => {
  const { state } = opened(Date.now());
  await write(opened(state.since));
  const known = (await journal.readNotClosed()).filter((breaker) => breaker.agentId === agentId);
  expect(known).toEqual([{ agentId, state }]);
  await journal.stop();
});

test('the relay’s role writes breakers and nothing else of theirs: it can neither delete nor rewrite history', async () => {
  await write(opened(Date.now()));
  const relay = new pg.Client({ connectionString: stack.testDatabase.urls.relay });
  await relay.connect();
  for (const statement of [
    'DELETE FROM circuit_breaker',
    'DELETE FROM circuit_breaker_event',
    "UPDATE circuit_breaker_event SET why = 'reset'",
    'UPDATE agent SET breaker_override = NULL',
  ]) {
    await expect(relay.query(statement)).rejects.toMatchObject({ code: '42501' });
  }
  await relay.end();
});
