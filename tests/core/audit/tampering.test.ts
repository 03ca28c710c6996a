import { afterAll, beforeAll, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { CHAINED_EVENT_COLUMNS, type ChainedEventRow } from '../../../core/audit/audit-record.ts';
import { GENESIS, nextLink } from '../../../core/audit/chain.ts';
import type { SignedHead } from '../../../core/audit/head.ts';
import { type AuditStack, startAuditStack } from './audit-chain-harness.ts';

const EVENTS = 12;

let stack: AuditStack;
let organizationId: string;
let otherOrganizationId: string;
/** A head as it was exported in the middle of the history, and the last one. */
let olderHead: SignedHead;
let lastHead: SignedHead;
let columns: { name: string; type: string }[];

beforeAll(async () => {
  stack = await startAuditStack();
  [organizationId, otherOrganizationId] = [await stack.newOrganization(), await stack.newOrganization()];
  for (let batch = 0; batch < 3; batch++) {
    await stack.record(organizationId, EVENTS / 3);
    await stack.chain();
    const head = (await stack.head(organizationId)) as SignedHead;
    if (batch === 1) olderHead = head;
    lastHead = head;
  }
  const { rows } = await stack.superuser.query(
    "SELECT column_name AS name, udt_name AS type FROM information_schema.columns WHERE table_name = 'audit_event'",
  );
  columns = rows;
  await stack.superuser.query(`
    CREATE TABLE event_before AS SELECT * FROM audit_event;
    CREATE TABLE head_before AS SELECT * FROM audit_head`);
});
afterAll(() => stack?.stop());

/** Another value than the present one, for each type that the table has. */
const OTHER_VALUE: Record<string, (column: string) => string> = {
  uuid: () => 'gen_random_uuid()',
  timestamptz: (column) => `${column} + interval '1 millisecond'`,
  text: (column) => `coalesce(${column} || 'x', '')`,
  _text: (column) => `array_append(${column}, 'x')`,
  int2: (column) => `${column} + 1`,
  int8: (column) => `${column} + ${EVENTS}`,
  jsonb: (column) => `jsonb_set(${column}, '{rate_limit_rpm}', '301')`,
  bytea: (column) => `set_byte(${column}, 5, (get_byte(${column}, 5) + 1) % 256)`,
};

async function tamper(statement: string, parameters: unknown[] = []): Promise<void> {
  await stack.superuser.query(statement, parameters);
}

async function undo(): Promise<void> {
  await stack.superuser.query(`
    TRUNCATE audit_event, audit_head;
    INSERT INTO audit_event SELECT * FROM event_before;
    INSERT INTO audit_head SELECT * FROM head_before`);
}

async function expectFound(keptHeads: SignedHead[] = []): Promise<void> {
  const [first, second] = [organizationId, otherOrganizationId].map((id) =>
    stack.verify(
      id,
      keptHeads.filter((head) => head.organization_id === id),
    ),
  );
  const found = ((await first)?.problem_count ?? 0) + ((await second)?.problem_count ?? 0);
  await undo();
  expect(found).toBeGreaterThan(0);
}

test('an untouched chain has no problems', async () => {
  const report = await stack.verify(organizationId, [olderHead, lastHead]);
  expect(report).toMatchObject({ events: EVENTS, problems: [], problem_count: 0, waiting: 0, head: lastHead });
});

test('any change of any column of any event is found', async () => {
  for (const [index, { name, type }] of columns.entries()) {
    const sequence = 1 + (index % EVENTS);
    const value =
      name === 'organization_id' ? `'${otherOrganizationId}'` : (OTHER_VALUE[type]?.(name) ?? 'no such type');
    await tamper(`UPDATE audit_event SET ${name} = ${value} WHERE organization_id = $1 AND sequence = $2`, [
      organizationId,
      sequence,
    ]);
    await expectFound();
  }
});

const place = fc.integer({ min: 1, max: EVENTS });
const two = fc.uniqueArray(place, { minLength: 2, maxLength: 2 });

test('an event that was taken out is found, wherever it stood', () =>
  fc.assert(
    fc.asyncProperty(place, async (sequence) => {
      await tamper('DELETE FROM audit_event WHERE organization_id = $1 AND sequence = $2', [organizationId, sequence]);
      await expectFound();
    }),
    { numRuns: 15 },
  ));

test('two events that changed places are found, with or without their hashes', () =>
  fc.assert(
    fc.asyncProperty(two, fc.boolean(), async (places, withHashes) => {
      await tamper(
        `WITH pair AS (DELETE FROM audit_event WHERE organization_id = $1 AND sequence = ANY($2) RETURNING *)
        INSERT INTO audit_event (${columns.map(({ name }) => name)})
        SELECT ${columns.map(({ name }) => (name === 'sequence' || (name === 'hash' && !withHashes) ? `other.${name}` : `one.${name}`))}
        FROM pair one JOIN pair other ON other.id <> one.id`,
        [organizationId, places],
      );
      await expectFound();
    }),
    { numRuns: 15 },
  ));

/** What somebody can do who knows everything but the signing key: rows from a place on, with hashes that fit. */
async function restamp(from: number, change: (rows: ChainedEventRow[]) => ChainedEventRow[]): Promise<void> {
  const { rows } = await stack.superuser.query<ChainedEventRow>(
    `SELECT ${CHAINED_EVENT_COLUMNS} FROM audit_event WHERE organization_id = $1 ORDER BY audit_event.sequence`,
    [organizationId],
  );
  const kept = rows.slice(0, from - 1);
  let last = kept.at(-1) ?? { sequence: 0, hash: GENESIS };
  await tamper('UPDATE audit_event SET sequence = NULL, hash = NULL WHERE organization_id = $1 AND sequence >= $2', [
    organizationId,
    from,
  ]);
  const changed = change(rows.slice(from - 1));
  for (const row of changed) {
    last = nextLink(last, row);
    await tamper(
      `INSERT INTO audit_event SELECT (jsonb_populate_record(before, $2::jsonb)).* FROM event_before before WHERE id = $1
      ON CONFLICT (id) DO UPDATE SET sequence = $3, hash = decode($4, 'hex'), action = excluded.action`,
      [row.id, JSON.stringify({ action: row.action }), last.sequence, last.hash],
    );
  }
  const left = changed.map(({ id }) => id);
  await tamper('DELETE FROM audit_event WHERE organization_id = $1 AND sequence IS NULL AND id <> ALL($2)', [
    organizationId,
    left,
  ]);
  await tamper(
    "UPDATE audit_head SET sequence = $2, hash = decode($3, 'hex'), signed_at = now() WHERE organization_id = $1",
    [organizationId, last.sequence, last.hash],
  );
}

test('a history that was rewritten with fitting hashes is found by the signature', () =>
  fc.assert(
    fc.asyncProperty(place, fc.constantFrom('changed', 'removed', 'reversed'), async (from, how) => {
      await restamp(from, ([first, ...others]) => {
        if (first === undefined) return [];
        if (how === 'removed') return others;
        if (how === 'reversed') return [first, ...others].reverse();
        return [{ ...first, action: 'delete_agent' }, ...others];
      });
      await expectFound();
    }),
    { numRuns: 15 },
  ));

/** A genuine head, only an old one. */
async function putOlderHeadBack(): Promise<void> {
  const { sequence, hash, signed_at, signature } = olderHead;
  await tamper(
    "UPDATE audit_head SET sequence = $2, hash = decode($3, 'hex'), signed_at = $4, signature = $5 WHERE organization_id = $1",
    [organizationId, sequence, hash, signed_at, Buffer.from(signature, 'base64url')],
  );
}

test('an end that was cut off is found by a head that left the database, even when an older head was put back', () =>
  fc.assert(
    fc.asyncProperty(fc.integer({ min: olderHead.sequence, max: EVENTS - 1 }), async (left) => {
      await tamper('DELETE FROM audit_event WHERE organization_id = $1 AND sequence > $2', [organizationId, left]);
      await putOlderHeadBack();
      await expectFound([lastHead]);
    }),
    { numRuns: 8 },
  ));

test('a chain that grew on after its end was cut off is found by a head that left the database', async () => {
  await tamper('DELETE FROM audit_event WHERE organization_id = $1 AND sequence > $2', [
    organizationId,
    olderHead.sequence,
  ]);
  await putOlderHeadBack();
  await stack.record(organizationId, EVENTS);
  await stack.chain();
  expect(await stack.verify(organizationId)).toMatchObject({ problem_count: 0 });
  const { problems } = await stack.verify(organizationId, [lastHead]);
  await undo();
  expect(problems.map(({ kind }) => kind)).toEqual(['rewritten']);
});

test('events appended with fitting hashes behind the signed head are found', async () => {
  await stack.record(organizationId, 1);
  const { rows } = await stack.superuser.query<ChainedEventRow>(
    `SELECT ${CHAINED_EVENT_COLUMNS} FROM audit_event WHERE organization_id = $1 AND audit_event.sequence IS NULL`,
    [organizationId],
  );
  const link = nextLink(lastHead, rows[0] as ChainedEventRow);
  await tamper("UPDATE audit_event SET sequence = $2, hash = decode($3, 'hex') WHERE id = $1", [
    link.event.id,
    link.sequence,
    link.hash,
  ]);
  const { problems } = await stack.verify(organizationId);
  await undo();
  expect(problems.map(({ kind }) => kind)).toEqual(['unsigned']);
});

test('an event that was slipped in later with an old time is found', async () => {
  await stack.record(organizationId, 1);
  await tamper("UPDATE audit_event SET time = now() - interval '1 day' WHERE sequence IS NULL");
  await stack.chain();
  const { problems } = await stack.verify(organizationId);
  await undo();
  expect(problems.map(({ kind }) => kind)).toEqual(['backdated']);
});
