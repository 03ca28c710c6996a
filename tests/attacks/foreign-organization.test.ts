import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { Client } from 'pg';
import type { Caller } from '../../core/domain/caller.ts';
import type { OperationDefinition } from '../../core/operations/define-operation.ts';
import { operations } from '../../core/operations/index.ts';
import { inputSchemaFor } from '../../core/operations/invoke.ts';
import type { Database } from '../../core/store/database.ts';
import { call } from '../core/operations/call.ts';
import { connect, type RunningApp, startApp } from '../servers/connected-app.ts';
import { freshSession, seedCaller } from '../servers/seed.ts';
import { seedMailbox } from '../servers/seed-mailbox.ts';
import { type Door, openDoors } from './doors.ts';

let app: RunningApp;
let doors: Door[];
let victim: Victim;

interface Victim {
  organizationId: string;
  rows: Row[];
  /** What an attacker may know or guess: IDs, names and e-mail addresses of everything that the organization has. */
  references: string[];
}

interface Row {
  table: string;
  row: Record<string, unknown>;
}

beforeAll(async () => {
  app = await startApp();
  const attacker = await seedCaller(app.dependencies.database, 'admin');
  await call(app.dependencies, attacker, 'create_agent', { name: 'own-agent', upstream_url: 'own.test' });
  await call(app.dependencies, attacker, 'create_credential', { name: 'own-credential' });
  doors = await openDoors(app, attacker);
  victim = await seedVictim(app);
});
afterAll(() => app?.stop());

/** Stands in much of what the other organization has, and in nothing that an attacker sends. */
const HIDDEN = 'hidden';

/** An organization that has one of everything. */
async function seedVictim({ dependencies }: RunningApp): Promise<Victim> {
  const admin = await seedCaller(dependencies.database, 'admin');
  const person = await freshSession(dependencies.database, admin);
  const run = (name: string, input: object, caller: Caller = admin) => call(dependencies, caller, name, input);
  for (const name of ['victims-agent', 'victims-deleted-agent'])
    await run('create_agent', { name, upstream_url: 'https://hidden.test', labels: ['hidden'] });
  for (const name of ['victims-credential', 'victims-deleted-credential'])
    await run('create_credential', { name, value: 'hidden-secret-0123456789', allowed_hosts: ['hidden.test'] });
  await run('link_credential', { agent: 'victims-agent', credential: 'victims-credential' });
  await run('delete_agent', { agent: 'victims-deleted-agent' });
  await run('delete_credential', { credential: 'victims-deleted-credential' });
  await run('create_channel', { name: 'victims-channel', kind: 'webhook', url: 'https://hidden.test' });
  await run('test_channel', { channel: 'victims-channel' });
  await run('create_invitation', { email: 'invited@victims.test', role: 'operator' });
  await run('create_api_token', { name: 'victims-token', scopes: ['agents:read'] }, person);
  const rule = { metric: 'error_rate', threshold: 0.05, scope: { label: 'hidden' } };
  for (const name of ['victims-rule', 'victims-deleted-rule']) await run('create_alert_rule', { name, ...rule });
  const { alert_rule } = await run('delete_alert_rule', { rule: 'victims-deleted-rule' });
  await seedAlert(dependencies.database, admin.organizationId, alert_rule.id);
  await connect(app, admin);
  await dependencies.database.inOrganization(admin.organizationId, (transaction) =>
    transaction.alert.create({
      data: {
        organizationId: admin.organizationId,
        kind: 'credential_expires',
        occasion: 'test',
        targetKind: 'credential',
        targetId: randomUUID(),
        targetName: 'victims-credential',
        name: 'victims-notice',
        severity: 'info',
        since: new Date(),
        firedAt: new Date(),
        text: 'hidden',
      },
    }),
  );
  await seedHealth(admin.organizationId);
  await seedMail(dependencies, admin);
  const rows = await rowsOf(admin.organizationId);
  const named = ['id', 'name', 'email'];
  const references = rows.flatMap(({ table, row }) => (table === 'audit_event' ? [] : named.map((each) => row[each])));
  references.push(admin.organizationId, admin.person.id, admin.person.email);
  return {
    organizationId: admin.organizationId,
    rows,
    references: [...new Set(references.filter((value): value is string => typeof value === 'string'))],
  };
}

async function seedAlert(database: Database, organizationId: string, ruleId: string): Promise<void> {
  const at = new Date();
  await database.inOrganization(organizationId, async (transaction) => {
    const words = { kind: 'rule', name: 'victims-alert', severity: 'info', text: 'hidden' };
    const alert = await transaction.alert.create({
      data: { organizationId, ruleId, ...words, since: at, firedAt: at },
    });
    const change = { organizationId, alertId: alert.id, sequence: 1, change: 'firing', note: 'hidden', at };
    await transaction.alertChange.create({ data: change });
  });
}

/** A mailbox with a thread, a draft, and a mail on its way. */
async function seedMail(dependencies: RunningApp['dependencies'], admin: Caller): Promise<void> {
  const { organizationId } = admin;
  const dovecot = { ports: { imaps: 1, imap: 1 }, password: 'hidden-password' };
  const mailbox = await seedMailbox(dependencies, admin, { dovecot, address: 'support@hidden.test' });
  const thread = await dependencies.database.inOrganization(organizationId, async (transaction) => {
    const ofMailbox = { organizationId, mailboxId: mailbox.id };
    const now = new Date();
    const folder = await transaction.mailboxFolder.create({
      data: { ...ofMailbox, path: 'INBOX', role: 'inbox', synced: true, uidValidity: 1 },
    });
    const thread = await transaction.emailThread.create({
      data: { ...ofMailbox, subject: 'hidden', messageCount: 1, unreadCount: 1, lastMessageAt: now },
    });
    const people = [{ name: 'hidden', address: 'hidden@hidden.test' }];
    await transaction.emailMessage.create({
      data: {
        ...ofMailbox,
        folderId: folder.id,
        threadId: thread.id,
        uid: 1,
        messageId: 'hidden@hidden.test',
        referenceIds: [],
        from: people,
        to: people,
        subject: 'hidden',
        receivedAt: now,
        seen: false,
        flags: [],
        sizeBytes: 1,
      },
    });
    return thread.id;
  });
  const written = { to: ['hidden@hidden.test'], subject: 'hidden', text: 'hidden' };
  await call(dependencies, admin, 'draft_email', { thread, text: 'hidden' });
  await call(dependencies, admin, 'send_email', { mailbox: mailbox.id, ...written, undo_seconds: 3_600 });
}

/** A score of each agent, as the jobs keep it. */
function seedHealth(organizationId: string): Promise<void> {
  return aboveSecurity(async (sql) => {
    await sql.query(
      `INSERT INTO agent_health (agent_id, organization_id, score, calls, parts, since, until, computed_at, baseline_at)
       SELECT id, organization_id, 1.5, 7, '{}', now() - interval '1 hour', now(), now(), now() FROM agent WHERE organization_id = $1`,
      [organizationId],
    );
  });
}

/** Everything that an organization has, table by table, as one who stands above row-level security sees it. */
function rowsOf(organizationId: string): Promise<Row[]> {
  return aboveSecurity(async (sql) => {
    const { rows: tables } = await sql.query<{ name: string }>(
      `SELECT c.table_name AS name FROM information_schema.columns c JOIN information_schema.tables t USING (table_schema, table_name)
       WHERE c.table_schema = 'public' AND c.column_name = 'organization_id' AND t.table_type = 'BASE TABLE' ORDER BY 1`,
    );
    const rows: Row[] = [];
    for (const { name } of tables) {
      const found = await sql.query(
        `SELECT to_jsonb(t) AS row FROM ${name} t WHERE organization_id = $1 ORDER BY t::text`,
        [organizationId],
      );
      rows.push(...found.rows.map(({ row }) => ({ table: name, row })));
    }
    return rows;
  });
}

async function aboveSecurity<T>(work: (sql: Client) => Promise<T>): Promise<T> {
  const sql = new Client({ connectionString: app.testDatabase.urls.superuser });
  await sql.connect();
  try {
    return await work(sql);
  } finally {
    await sql.end();
  }
}

/** An input that works in the attacker's own organization, but for what is put to the test. */
function baseInput({ examples, input }: OperationDefinition): Record<string, unknown> {
  return {
    ...examples[0],
    ...('agent' in input.shape && examples[0] && 'agent' in examples[0] && { agent: 'own-agent' }),
    ...('credential' in input.shape && { credential: 'own-credential' }),
    ...('wait_seconds' in input.shape && { wait_seconds: 0 }),
  };
}

/** The person's own session where nothing else will do: it is REST as well. */
function doorsFor(operation: OperationDefinition): Door[] {
  const open = doors.filter(({ opensFor }) => opensFor(operation));
  return open.length === 1 ? open : open.filter(({ name }) => name !== 'REST in a session');
}

/** The members that take an ID or a name of something. */
function membersThatTake(operation: OperationDefinition, reference: string): string[] {
  const schema = inputSchemaFor(operation, { kind: 'app' });
  return Object.keys(operation.input.shape).filter(
    (member) => schema.safeParse({ ...baseInput(operation), [member]: reference }).success,
  );
}

const inPath = ({ rest }: OperationDefinition) =>
  [...rest.path.matchAll(/\{(\w+)\}/g)].map(([, member]) => member ?? '');

describe.each(operations.map((operation) => [operation.name, operation] as const))('%s', (_name, operation) => {
  test('IDs and names of another organization answer like those of nobody, through every door', async () => {
    const nobody = randomUUID();
    for (const door of doorsFor(operation)) {
      for (const member of membersThatTake(operation, nobody)) {
        const unknown = await door.call(operation, { ...baseInput(operation), [member]: nobody });
        if (inPath(operation).includes(member)) expect([door.name, unknown.code]).toEqual([door.name, 'not_found']);
        expect(unknown.code).not.toBe('internal');
        // What takes anything refers to nothing.
        if (unknown.code === undefined) continue;
        for (const reference of victim.references) {
          const { code } = await door.call(operation, { ...baseInput(operation), [member]: reference });
          const told = { door: door.name, member, reference };
          expect({ ...told, code }).toEqual({ ...told, code: code === 'invalid_request' ? code : unknown.code });
        }
      }
    }
  });

  test('shows nothing of another organization, whatever it is asked for', async () => {
    if (operation.kind !== 'R') return;
    for (const door of doorsFor(operation)) {
      const asked = victim.references.flatMap((reference) =>
        membersThatTake(operation, reference).map((member) => ({ [member]: reference })),
      );
      for (const input of [{}, ...asked]) {
        const { text } = await door.call(operation, { ...baseInput(operation), ...input });
        expect({ door: door.name, input, shows: text.includes(HIDDEN) }).toEqual({
          door: door.name,
          input,
          shows: false,
        });
      }
    }
  });
});

test('after all these calls the other organization has what it had, and no more', async () => {
  expect(victim.rows.length).toBeGreaterThan(15);
  expect(await rowsOf(victim.organizationId)).toEqual(victim.rows);
});
