import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type { Caller } from '../../../core/domain/caller.ts';
import { API_SCOPES } from '../../../core/domain/scopes.ts';
import { PublicError } from '../../../core/errors.ts';
import { operations } from '../../../core/operations/index.ts';
import { roleNeeded } from '../../../core/operations/invoke.ts';
import { type TestDependencies, testDependencies } from '../../servers/dependencies.ts';
import { seedCaller } from '../../servers/seed.ts';
import { type Answer, call, throughApp } from './call.ts';

let stack: TestDependencies;
let admin: Caller;

beforeAll(async () => {
  stack = await testDependencies();
  admin = await seedCaller(stack.dependencies.database, 'admin');
});
afterAll(() => stack?.stop());

const run = (caller: Caller, name: string, input?: unknown): Promise<Answer> =>
  call(stack.dependencies, caller, name, input);

function createAgent(caller: Caller, name: string, more: object = {}): Promise<Answer> {
  return run(caller, 'create_agent', { name, upstream_url: 'https://api.stripe.test', ...more });
}

async function auditOf(
  caller: Caller,
  action: string,
): Promise<{ status: number; outcome: string; arguments: unknown }[]> {
  return stack.dependencies.database.inOrganization(caller.organizationId, (transaction) =>
    transaction.auditEvent.findMany({ where: { action }, orderBy: { id: 'asc' } }),
  );
}

test.each(operations.map((operation) => [operation.name, operation] as const))(
  '%s: its examples parse, and an unknown member is refused, not ignored',
  (_name, operation) => {
    for (const example of operation.examples) expect(() => operation.input.parse(example)).not.toThrow();
    expect(operation.examples.length).toBeGreaterThan(0);
    expect(operation.input.safeParse({ ...operation.examples[0], made_up: 1 }).success).toBe(false);
  },
);

describe('authorisation', () => {
  test.each(operations.map((operation) => [operation.name, operation] as const))(
    '%s: an operator may do only what reads, and the refusal is on the record',
    async (name, operation) => {
      const operator = { ...admin, role: 'operator' as const };
      const outcome = await run(operator, name, operation.examples[0]).catch((error: unknown) => error);
      if (roleNeeded(operation) === 'operator') {
        if (outcome instanceof PublicError) expect(outcome.detail).not.toContain('needs role');
        return;
      }
      expect(outcome).toMatchObject({ code: 'forbidden', status: 403 });
      expect((await auditOf(admin, name)).at(-1)).toMatchObject({ status: 403, outcome: 'refused' });
    },
  );

  test.each(operations.filter(({ area }) => area !== null).map((operation) => [operation.name, operation] as const))(
    '%s: an app without the scope is refused, whatever the role',
    async (name, operation) => {
      const needed = `${operation.area}:${operation.kind === 'R' ? 'read' : 'write'}`;
      const others = API_SCOPES.filter((scope) => scope !== needed && scope !== needed.replace(':read', ':write'));
      await expect(run(throughApp(admin, others), name, operation.examples[0])).rejects.toMatchObject({
        code: operation.personOnly || operation.restOnly ? 'forbidden' : 'insufficient_scope',
      });
    },
  );
});

describe('one organization never reaches another', () => {
  test('lists show the own organization alone', async () => {
    const other = await seedCaller(stack.dependencies.database, 'admin');
    await createAgent(other, 'mine-alone');
    expect((await run(other, 'list_agents')).items.map(({ name }: { name: string }) => name)).toEqual(['mine-alone']);
    expect((await run(admin, 'list_agents', { q: 'mine-alone' })).items).toEqual([]);
  });
});

describe('idempotency', () => {
  test('pressing the button twice at once makes one agent, and the second answer shows no secret', async () => {
    const input = {
      name: 'pressed-twice',
      upstream_url: 'api.stripe.test',
      reveal: 'inline',
      idempotency_key: 'press-1',
    };
    const answers = await Promise.all([run(admin, 'create_agent', input), run(admin, 'create_agent', input)]);
    const values = answers.map(({ agent_key }) => agent_key.value);
    expect(new Set(answers.map(({ agent }) => agent.id)).size).toBe(1);
    expect(values.filter((value) => value === null)).toHaveLength(1);
    expect(values.filter((value) => /^agk_\w{32}$/.test(value))).toHaveLength(1);
    expect(answers.find(({ agent_key }) => agent_key.value === null)?.agent_key.already_shown).toBe(true);
  });

  test('the same key with another input is a conflict', async () => {
    await run(admin, 'create_credential', { name: 'idem-a', idempotency_key: 'k-2' });
    await expect(run(admin, 'create_credential', { name: 'idem-b', idempotency_key: 'k-2' })).rejects.toMatchObject({
      code: 'conflict',
    });
  });

  test('a refused call keeps nothing, so that it can be repeated', async () => {
    const input = { agent: 'comes-later', enabled: false, idempotency_key: 'k-3' };
    await expect(run(admin, 'update_agent', input)).rejects.toMatchObject({ code: 'not_found' });
    await createAgent(admin, 'comes-later');
    expect((await run(admin, 'update_agent', input)).agent.enabled).toBe(false);
  });
});

describe('audit', () => {
  test('a change and its event commit together: a change that fails leaves neither', async () => {
    await createAgent(admin, 'audited');
    await expect(createAgent(admin, 'audited')).rejects.toMatchObject({ code: 'conflict' });
    const events = (await auditOf(admin, 'create_agent')).filter(
      (event) => (event.arguments as { name?: string }).name === 'audited',
    );
    expect(events.map(({ outcome }) => outcome)).toEqual(['succeeded', 'refused']);
  });

  test('an event never holds a secret value', async () => {
    await run(admin, 'create_credential', { name: 'audited-secret', value: 'sk_live_never_in_the_audit_trail' });
    expect(JSON.stringify(await auditOf(admin, 'create_credential'))).not.toContain('never_in_the_audit_trail');
  });
});

test('an update from an old version is refused and changes nothing', async () => {
  const { agent } = await createAgent(admin, 'versioned');
  await run(admin, 'update_agent', { agent: 'versioned', rate_limit_rpm: 10, expected_version: agent.version });
  await expect(
    run(admin, 'update_agent', { agent: 'versioned', rate_limit_rpm: 20, expected_version: agent.version }),
  ).rejects.toMatchObject({ code: 'version_mismatch' });
  expect((await run(admin, 'get_agent', { agent: 'versioned' })).agent.rate_limit).toEqual({ rpm: 10, burst: null });
});

test('a cursor neither skips nor repeats while others insert', async () => {
  const caller = await seedCaller(stack.dependencies.database, 'admin');
  for (const name of ['b', 'd', 'f', 'h']) await createAgent(caller, name);
  const first = await run(caller, 'list_agents', { limit: 2 });
  await createAgent(caller, 'a');
  await createAgent(caller, 'e');
  const second = await run(caller, 'list_agents', { limit: 10, cursor: first.next_cursor });
  const names = [...first.items, ...second.items].map(({ name }: { name: string }) => name);
  expect(names).toEqual(['b', 'd', 'e', 'f', 'h']);
  expect(second.next_cursor).toBeNull();
});
