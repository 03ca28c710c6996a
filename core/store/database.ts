import { PrismaPg } from '@prisma/adapter-pg';
import type pg from 'pg';
import { PublicError } from '../errors.ts';
import { openExclusiveLocks } from './exclusive-locks.ts';
import { createFairGate } from './fair-gate.ts';
import { type Prisma, PrismaClient } from './generated/client.ts';
import { LONGEST_MS, openOrganizationPool, type TransactionContext, transactionContext } from './organization-pool.ts';

/** Queries inside one organization's transaction: row-level security shows nothing else. */
export interface OrganizationTransaction extends Prisma.TransactionClient {
  readonly organizationId: string;
  /**
   * One statement of this transaction past Prisma, in a fifth of the time: for what happens at every call. Values come
   * as `pg` reads them: 64-bit integers as text.
   */
  send<Row>(statement: Pick<Prisma.Sql, 'text' | 'values'>): Promise<Row[]>;
}
/** Queries on tables that belong to no organization: people, sessions, the installation, OAuth artifacts. */
export type InstanceTransaction = Prisma.TransactionClient;

export interface Database {
  /**
   * Invariant 7: the work sees one organization. No HTTP and no Temporal call inside: a transaction ends after 5 s. A
   * transaction that ran into a deadlock runs once more, so the work touches nothing but rows.
   * @param options `durable: false`: what it wrote last may be lost if Postgres dies
   * @throws PublicError `database_unavailable` when Postgres is away, `rate_limited` when the organization's own
   *   requests fill its share of the connections
   */
  inOrganization<T>(
    organizationId: string,
    work: (transaction: OrganizationTransaction) => Promise<T>,
    options?: { durable?: boolean },
  ): Promise<T>;
  /** The same for what belongs to no organization: rows of organizations are invisible. */
  inInstance<T>(work: (transaction: InstanceTransaction) => Promise<T>): Promise<T>;
  /** One reading statement, as in `inInstance` but in a single round trip: for what is asked at every call. */
  lookUp<Row>(query: Prisma.Sql): Promise<Row[]>;
  /** Outside any transaction: the work may call other machines, while no process does work of the same name. */
  exclusively<T>(name: string, work: () => Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const UNAVAILABLE_CODES = new Set(['P1001', 'P1002', 'P1008', 'P1017', 'P2024', 'P2028']);
const UNAVAILABLE_TEXT =
  /ECONNREFUSED|ECONNRESET|EPIPE|ENOENT|ETIMEDOUT|DatabaseNotReachable|SocketTimeout|ConnectionClosed|terminat|not queryable|the database system is|timeout exceeded when trying to connect|statement timeout|after calling end/i;

function isUnavailable(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code === 'string' && UNAVAILABLE_CODES.has(code)) return true;
  // Where no address of a host answers, only the code says so.
  return UNAVAILABLE_TEXT.test(`${code} ${message}`);
}

function tellUnavailable(error: unknown): never {
  if (error instanceof PublicError || !isUnavailable(error)) throw error;
  throw new PublicError(
    'database_unavailable',
    'The database does not answer. Nothing was changed; try again shortly.',
    { retryAfterSeconds: 5, cause: error },
  );
}

/** Prisma's "write conflict or deadlock", and Postgres' own deadlock where the query was raw. */
function isDeadlock(error: unknown): boolean {
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (code === 'P2034' || code === '40P01') return true;
  return code === 'P2010' && typeof message === 'string' && message.includes('40P01');
}

/** Prisma's transactions share one object under their proxies: what is set on one of them shows on all. */
function withOrganization(transaction: Prisma.TransactionClient, context: TransactionContext): OrganizationTransaction {
  const own = {
    organizationId: context.organizationId,
    send: <Row>(statement: Pick<Prisma.Sql, 'text' | 'values'>) => sendOver<Row>(context.connection, statement),
  };
  return new Proxy(transaction, {
    get: (target, name) => (Object.hasOwn(own, name) ? Reflect.get(own, name) : Reflect.get(target, name)),
  }) as OrganizationTransaction;
}

async function sendOver<Row>(
  connection: Pick<pg.Pool, 'query'> | undefined,
  { text, values }: Pick<Prisma.Sql, 'text' | 'values'>,
) {
  if (connection === undefined) throw new Error('A statement was sent outside of its transaction.');
  const { rows } = await connection.query(text, [...values]);
  return rows as Row[];
}

const CONNECTIONS = 10;
/** For a connection, whether one's own organization holds them or all together. */
export const LONGEST_WAIT_MS = 4_000;

/** Opens the database as the app's role (which neither owns the tables nor bypasses their policies). */
export function openDatabase(url: string, options: { connections?: number } = {}): Database {
  const { connections = CONNECTIONS } = options;
  const pool = openOrganizationPool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: LONGEST_WAIT_MS,
    // Else the connection of a transaction that was given up stays busy until its query ends by itself.
    statement_timeout: LONGEST_MS,
    application_name: 'agentgateway',
  });
  const client = new PrismaClient({ adapter: new PrismaPg(pool) });
  const locks = openExclusiveLocks(url);
  const gate = createFairGate({ atOnce: Math.ceil(connections * 0.4), longestWaitMs: LONGEST_WAIT_MS });

  async function transact<T>(
    context: TransactionContext,
    work: (tx: Prisma.TransactionClient) => Promise<T>,
  ): Promise<T> {
    if (transactionContext.getStore() !== undefined) {
      throw new Error('A transaction was opened inside another: pass the outer one on.');
    }
    const limits = { maxWait: LONGEST_WAIT_MS, timeout: LONGEST_MS };
    return transactionContext.run(context, () => client.$transaction(work, limits)).catch(tellUnavailable);
  }

  return {
    inOrganization: (organizationId, work, { durable = true } = {}) =>
      gate.through(organizationId, async () => {
        const run = () => {
          const context: TransactionContext = { organizationId, durable };
          return transact(context, (transaction) => work(withOrganization(transaction, context)));
        };
        return run().catch((error: unknown) => {
          if (isDeadlock(error)) return run();
          throw error;
        });
      }),
    inInstance: (work) => transact({ organizationId: '', durable: true }, work),
    lookUp: <Row>(statement: Prisma.Sql) => sendOver<Row>(pool, statement).catch(tellUnavailable),
    exclusively: locks.exclusively,
    async close() {
      locks.close();
      // Prisma opens a pool of its own, which nobody ends, for a transaction after it ended ours.
      await pool.end();
      await client.$disconnect();
    },
  };
}

/** The unique index that a write ran into, so that it can be told as a conflict. */
export function isUniqueViolation(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'P2002';
}
