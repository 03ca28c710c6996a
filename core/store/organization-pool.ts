import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';
import { openPool } from './pool.ts';

/** What a transaction is told when it begins. */
export interface TransactionContext {
  /** Row-level security shows the rows of this one; empty: of none. */
  organizationId: string;
  /** Whether the commit waits until it is on disk. */
  durable: boolean;
  /** The transaction's own, from its beginning. */
  connection?: pg.Client;
}

/** The context of the transaction that is beginning or under way. */
export const transactionContext = new AsyncLocalStorage<TransactionContext>();

/** A transaction, and each query in it, takes no longer. */
export const LONGEST_MS = 5_000;
/** Later there comes no answer: the connection was lost without a word. */
const LONGEST_ANSWER_MS = LONGEST_MS + 1_000;

/**
 * Connections whose transactions begin inside their organization: BEGIN and the context go to Postgres in one message, so
 * that neither is there without the other, and no further round trip is taken.
 */
export function openOrganizationPool(settings: pg.PoolConfig): pg.Pool {
  return openPool({ ...settings, Client: OrganizationClient });
}

type Callback = (error: unknown, result: unknown) => void;

class OrganizationClient extends pg.Client {
  readonly #giveUp = () => this.connection.stream.destroy();

  /**
   * Asks with a callback and a deadline of its own: those that pg makes are old to V8 from their beginning, and with them
   * stays each answer until the next full collection (docs/mcp-speed.md).
   */
  // biome-ignore lint/suspicious/noExplicitAny: pg declares one signature for each way to call it
  override query(query: any, values?: any, callback?: any): any {
    if (typeof query?.submit === 'function') return super.query(query);
    const done: Callback | undefined = typeof values === 'function' ? values : callback;
    if (done === undefined) {
      return new Promise((resolve, reject) => {
        this.query(query, values, (error: unknown, result: unknown) => (error ? reject(error) : resolve(result)));
      });
    }
    const asked = query?.text === 'BEGIN' ? { ...query, text: this.#begin() } : query;
    const late = setTimeout(this.#giveUp, LONGEST_ANSWER_MS);
    const given = typeof values === 'function' ? undefined : values;
    super.query(asked, given, (error: unknown, result: unknown) => {
      clearTimeout(late);
      done(error, result);
    });
  }

  /** @throws Error outside of a context: such a transaction would see nothing, and nobody would know why */
  #begin(): string {
    const context = transactionContext.getStore();
    if (context === undefined) throw new Error('A transaction began without its context.');
    context.connection = this;
    const organization = pg.escapeLiteral(context.organizationId);
    const commit = context.durable ? '' : '; SET LOCAL synchronous_commit = off';
    return `BEGIN; SELECT set_config('app.organization_id', ${organization}, true)${commit}`;
  }
}
