import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import pg from 'pg';
import { pino } from 'pino';
import { DAY_MS } from '../../../core/domain/times.ts';
import type { RequestLogRow } from '../../../core/store/request-log-row.ts';
import { LARGEST_BACKLOG_ROWS, RequestLogWriter } from '../../../core/store/request-log-writer.ts';
import { startTestDatabase, type TestDatabase } from '../../servers/database.ts';
import { openTcpGate } from '../../servers/tcp-gate.ts';
import { requestLogRow as row } from './request-log-rows.ts';

const log = pino({ level: process.env.LOG_LEVEL ?? 'silent' });
let database: TestDatabase;
let sql: pg.Client;
let spoolRoot: string;
/** Nothing can be made below a file. */
const NO_FOLDER = join(import.meta.filename, 'spool');

beforeAll(async () => {
  database = await startTestDatabase();
  spoolRoot = await mkdtemp(join(tmpdir(), 'agentgateway-spool-'));
  sql = new pg.Client({ connectionString: database.urls.superuser });
  await sql.connect();
});

beforeEach(() =>
  sql.query('TRUNCATE request_log, request_log_writer, last_use, plan_use, traffic_minute, traffic_touched'),
);

afterAll(async () => {
  await sql.end();
  await database.stop();
  await rm(spoolRoot, { recursive: true });
});

const newWriter = (databaseUrl = database.urls.logWriter) => new RequestLogWriter({ databaseUrl, log, spoolRoot });

async function write(...rows: RequestLogRow[]): Promise<void> {
  const writer = newWriter();
  for (const each of rows) writer.add(each);
  await writer.close();
}

const count = async (table: string) => Number((await sql.query(`SELECT count(*) FROM ${table}`)).rows[0].count);

describe('request logs', () => {
  test('a writer that ends puts its rows on disk before it waits for a database that says nothing', async () => {
    const gate = await openTcpGate({ host: '127.0.0.1', port: Number(new URL(database.urls.logWriter).port) });
    const url = Object.assign(new URL(database.urls.logWriter), { hostname: '127.0.0.1', port: String(gate.port) });
    const ownRoot = await mkdtemp(join(tmpdir(), 'agentgateway-spool-'));
    const writer = new RequestLogWriter({ databaseUrl: url.href, log, spoolRoot: ownRoot });
    writer.add(row());
    await writer.flush();
    gate.stall();
    writer.add(row());
    const closing = writer.close();
    while (writer.spooledRows === 0) await nextTurn();
    await gate.shut();
    await closing;
    await rm(ownRoot, { recursive: true });
  }, 10_000);

  test('a row arrives as it was, whatever characters its caller chose', async () => {
    const path = '/a\tb\nc\\N\\.\r"\u0000\u001fé%00';
    const written = row({
      path,
      method: 'M-SEARCH',
      errorCode: 'upstream_timeout',
      upstreamLatencyMs: 7,
      bytesIn: 2 ** 40,
      latencyMs: 2 ** 40,
      retryCount: 2,
      spendMicros: 1_234,
    });
    await write(written);
    const { rows } = await sql.query('SELECT * FROM request_log');
    expect(rows).toEqual([
      expect.objectContaining({
        id: written.id,
        time: new Date(written.time),
        agent_key_id: null,
        method: 'M-SEARCH',
        path: '/a?b?c\\N\\.?"??é%00',
        error_code: 'upstream_timeout',
        upstream_latency_ms: 7,
        bytes_in: String(2 ** 40),
        latency_ms: 2 ** 31 - 1,
        retry_count: 2,
        spend_micros: '1234',
      }),
    ]);
  });

  test('rows of two days go to their days’ partitions in one batch', async () => {
    const midnight = new Date().setUTCHours(0, 0, 0, 0);
    await write(row({ time: midnight - 1 }), row({ time: midnight }), row({ time: midnight - 1 }));
    const { rows } = await sql.query('SELECT tableoid::regclass::text AS partition FROM request_log ORDER BY time');
    const day = (time: number) => `request_log_${new Date(time).toISOString().slice(0, 10).replaceAll('-', '')}`;
    expect(rows.map((each) => each.partition)).toEqual([day(midnight - 1), day(midnight - 1), day(midnight)]);
    const writers = await sql.query('SELECT last_batch FROM request_log_writer');
    expect(writers.rows).toEqual([{ last_batch: '1' }]);
  });

  test('uses of agent, key and credential version are counted once, and the last one is the latest, never an earlier', async () => {
    const [agentId, agentKeyId, version, organizationId] = [randomUUID(), randomUUID(), randomUUID(), randomUUID()];
    const used = { agentId, agentKeyId, organizationId, credentialVersionIds: [version] };
    const now = Date.now();
    await write(row({ ...used, time: now - 5 }), row({ ...used, time: now }));
    const other = randomUUID();
    await write(row({ ...used, agentId: other, agentKeyId: null, time: now - 1_000 }));
    const { rows } = await sql.query('SELECT * FROM last_use');
    const use = (subject_id: string, calls: string, more: object = {}) => ({
      subject_id,
      organization_id: organizationId,
      agent_id: agentId,
      last_used_at: new Date(now),
      calls,
      ...more,
    });
    expect(rows).toHaveLength(4);
    expect(rows).toEqual(
      expect.arrayContaining([
        use(agentId, '2'),
        use(agentKeyId, '2'),
        use(version, '3'),
        use(other, '1', { agent_id: other, last_used_at: new Date(now - 1_000) }),
      ]),
    );
  });

  test('the plan’s month counts what was carried, not what a limit or a breaker refused', async () => {
    const organizationId = randomUUID();
    const thisMonth = new Date().setUTCDate(1);
    const lastMonth = new Date(thisMonth).setUTCDate(0);
    const refused = ['rate_limited', 'plan_limit_reached', 'agent_disabled', 'host_not_allowed', 'circuit_open'];
    await write(
      ...[thisMonth, thisMonth, lastMonth].map((time) => row({ organizationId, time })),
      ...refused.map((errorCode) => row({ organizationId, time: thisMonth, errorCode })),
      row({ organizationId, time: thisMonth, errorCode: 'upstream_unreachable' }),
    );
    const { rows } = await sql.query('SELECT month::text, requests FROM plan_use ORDER BY month');
    const firstDay = (time: number) => `${new Date(time).toISOString().slice(0, 7)}-01`;
    expect(rows).toEqual([
      { month: firstDay(lastMonth), requests: '1' },
      { month: firstDay(thisMonth), requests: '3' },
    ]);
  });

  test('invariant 7: the log writer cannot read what was written', async () => {
    await write(row());
    const client = new pg.Client({ connectionString: database.urls.logWriter });
    await client.connect();
    const { rows } = await sql.query('SELECT tableoid::regclass::text AS partition FROM request_log');
    for (const table of ['request_log', rows[0].partition]) {
      await expect(client.query(`SELECT * FROM ${table}`)).rejects.toThrow('permission denied');
    }
    await client.end();
  });
});

describe('invariant 10: while Postgres does not take them, rows wait', () => {
  test('a lost connection loses no row and writes none twice', async () => {
    const writer = newWriter();
    const locker = new pg.Client({ connectionString: database.urls.superuser });
    await locker.connect();
    await locker.query('BEGIN; LOCK TABLE request_log_writer IN ACCESS EXCLUSIVE MODE');
    for (let i = 0; i < 2_500; i += 1) writer.add(row());
    await terminateWaitingWriter();
    await locker.end();
    await writer.flush();
    await writer.flush();
    await writer.close();
    expect([await count('request_log'), writer.droppedRows]).toEqual([2_500, 0]);
  });

  test('a batch whose commit was never confirmed is not written again', async () => {
    const proxy = await startLossyProxy(database.urls.logWriter);
    const writer = newWriter(proxy.url);
    writer.add(row());
    while (proxy.losses() === 0) await writer.flush();
    writer.add(row());
    await writer.close();
    proxy.stop();
    expect([await count('request_log'), await count('request_log_writer')]).toEqual([2, 1]);
  });

  test('rows stand on disk while Postgres is away, and the next process writes them, once', async () => {
    const away = newWriter('postgres://nobody@127.0.0.1:1/none');
    for (let i = 0; i < 300; i += 1) away.add(row());
    await away.flush();
    expect([away.spooledRows, away.droppedRows]).toEqual([300, 0]);
    away.add(row());
    await away.close();
    await endHolders();
    const heirs = [newWriter(), newWriter()];
    await Promise.all(heirs.map((heir) => heir.flush()));
    await Promise.all(heirs.map((heir) => heir.close()));
    expect([await count('request_log'), await count('request_log_writer')]).toEqual([301, 1]);
    expect(await readdir(spoolRoot)).toEqual([]);
  });

  test('a batch that the disk does not give back is lost, counted and set aside, and all others go on', async () => {
    const gate = await openTcpGate({ host: '127.0.0.1', port: Number(new URL(database.urls.logWriter).port) });
    const url = Object.assign(new URL(database.urls.logWriter), { hostname: '127.0.0.1', port: String(gate.port) });
    const ownRoot = await mkdtemp(join(tmpdir(), 'agentgateway-spool-'));
    await gate.shut();
    const writer = new RequestLogWriter({ databaseUrl: url.href, log, spoolRoot: ownRoot });
    await spill(writer, [row(), row()]);
    await spill(writer, [row({ path: '/behind' })]);
    await damageFirstBatch(ownRoot);
    await gate.open();
    while (writer.spooledRows > 0) await writer.flush();
    expect([writer.droppedRows, await paths()]).toEqual([2, ['/behind']]);
    await writer.close();
    await gate.shut();
    expect(await readdir(ownRoot)).toEqual(['unreadable']);
    await rm(ownRoot, { recursive: true });
  });

  test('of a dead process too: what stands behind a damaged batch is written, what it held is counted', async () => {
    const away = newWriter('postgres://nobody@127.0.0.1:1/none');
    await spill(away, [row(), row()]);
    await spill(away, [row({ path: '/behind' })]);
    await away.close();
    await damageFirstBatch(spoolRoot);
    await endHolders();
    const heir = newWriter();
    await heir.flush();
    await heir.close();
    expect([heir.droppedRows, await paths()]).toEqual([2, ['/behind']]);
    expect(await readdir(spoolRoot)).toEqual(['unreadable']);
    await rm(join(spoolRoot, 'unreadable'), { recursive: true });
  });

  test('a writer that stood still while another took its spool over loses none of the rows that never were on disk', async () => {
    const gate = await openTcpGate({ host: '127.0.0.1', port: Number(new URL(database.urls.logWriter).port) });
    const url = Object.assign(new URL(database.urls.logWriter), { hostname: '127.0.0.1', port: String(gate.port) });
    const writer = newWriter(url.href);
    writer.add(row({ path: '/1' }));
    await writer.flush();
    gate.stall();
    writer.add(row({ path: '/2' }));
    await pause(500);
    await new Promise((resolve) => writer.addDurable(row({ path: '/3' }), resolve));
    await endHolders();
    const heir = newWriter();
    await heir.flush();
    await heir.close();
    expect(await paths()).toEqual(['/1', '/3']);
    await gate.shut();
    await gate.open();
    while ((await count('request_log')) < 3) await writer.flush();
    await writer.close();
    await gate.shut();
    expect([(await paths()).sort(), writer.droppedRows]).toEqual([['/1', '/2', '/3'], 0]);
  }, 30_000);

  test('what a process had written and on disk too its heir does not write again', async () => {
    const writer = newWriter();
    await new Promise((resolve) => writer.addDurable(row(), resolve));
    await writer.flush();
    await endHolders();
    const heir = newWriter();
    for (let i = 0; i < 3; i += 1) await heir.flush();
    await Promise.all([heir.close(), writer.close()]);
    expect([await count('request_log'), heir.droppedRows]).toEqual([1, 0]);
  });

  test('rows so old that nobody knows any more whether they are in are not written, but counted as lost', async () => {
    const writer = newWriter();
    const daysAgo = (days: number) => Date.now() - days * DAY_MS;
    for (const time of [daysAgo(391), daysAgo(389), daysAgo(0)]) writer.add(row({ time }));
    await writer.close();
    expect([await count('request_log'), writer.droppedRows]).toEqual([2, 1]);
  });

  test('memory is bounded: where the disk fails too, the oldest are dropped and counted', async () => {
    const databaseUrl = 'postgres://nobody@127.0.0.1:1/none';
    const writer = new RequestLogWriter({ databaseUrl, log, spoolRoot: NO_FOLDER });
    const same = row();
    for (let i = 0; i < 5; i += 1) {
      for (let j = 0; j < LARGEST_BACKLOG_ROWS / 4; j += 1) writer.add(same);
      await writer.flush();
    }
    expect(writer.droppedRows).toBe(LARGEST_BACKLOG_ROWS / 4);
    await writer.close();
  });

  test('a durable row is on disk before its call may end; with a failing disk it may not', async () => {
    const kept = (writer: RequestLogWriter) => new Promise((resolve) => writer.addDurable(row(), resolve));
    const away = newWriter('postgres://nobody@127.0.0.1:1/none');
    expect(await kept(away)).toBe(true);
    expect(away.spooledRows).toBe(1);
    await away.close();
    const diskless = new RequestLogWriter({ databaseUrl: database.urls.logWriter, log, spoolRoot: NO_FOLDER });
    expect(await kept(diskless)).toBe(false);
    await diskless.close();
    await endHolders();
    await write();
    expect(await count('request_log')).toBe(2);
  });
});

const paths = async () => (await sql.query('SELECT path FROM request_log')).rows.map(({ path }) => path);

/** Has the writer put one batch on disk. */
async function spill(writer: RequestLogWriter, rows: RequestLogRow[]): Promise<void> {
  const spooled = writer.spooledRows + rows.length;
  for (const each of rows) writer.add(each);
  while (writer.spooledRows < spooled) await writer.flush();
}

/** Changes a byte in the middle of the first batch that stands in the one spool folder. */
async function damageFirstBatch(root: string): Promise<void> {
  const [folder = ''] = await readdir(root);
  const file = join(root, folder, '000001.frames');
  const bytes = await readFile(file);
  bytes.writeUInt8(bytes.readUInt8(200) ^ 1, 200);
  await writeFile(file, bytes);
}

/** As if the processes that hold spool folders had died: they are this very process. */
async function endHolders(): Promise<void> {
  for (const name of await readdir(spoolRoot)) {
    const file = join(spoolRoot, name, 'holder.json');
    const holder = JSON.parse(await readFile(file, 'utf8'));
    await writeFile(file, JSON.stringify({ ...holder, began: '1' }));
  }
}

/** Ends the writer's connection once it waits for the lock, in the middle of its transaction. */
async function terminateWaitingWriter(): Promise<void> {
  for (;;) {
    const { rows } = await sql.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'agentgateway-request-log'
       AND datname = $1 AND wait_event_type = 'Lock'`,
      [database.name],
    );
    if (rows.length > 0) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Stands before Postgres and breaks the first connection between a COMMIT and its answer. */
async function startLossyProxy(databaseUrl: string) {
  const target = new URL(databaseUrl);
  let losses = 0;
  const server = createServer((client) => {
    const postgres = connect(Number(target.port), target.hostname);
    let isCommitting = false;
    client.on('data', (chunk) => {
      isCommitting = chunk.includes('COMMIT');
      postgres.write(chunk);
    });
    postgres.on('data', (chunk) => {
      if (!isCommitting || losses > 0) {
        client.write(chunk);
        return;
      }
      losses += 1;
      client.destroy();
    });
    client.on('close', () => postgres.destroy()).on('error', () => {});
    postgres.on('close', () => client.destroy()).on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const url = Object.assign(new URL(databaseUrl), { hostname: '127.0.0.1', port }).href;
  return { url, losses: () => losses, stop: () => server.close() };
}
