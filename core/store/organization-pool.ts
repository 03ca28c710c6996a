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

/**
 * Connections whose transactions begin inside their organization: BEGIN and the context go to Postgres in one message, so
 * that neither is there without the other, and no further round trip is taken.
 */
export function openOrganizationPool(settings: pg.PoolConfig): pg.Pool {
  return openPool({ ...settings, Client: OrganizationClient });
}

class OrganizationClient extends pg.Client {
  /**
   * Asks with a callback of its own: the one that pg makes for a promise is old to V8 from its beginning, and with it stays
   * each answer until the next full collection (docs/mcp-speed.md).
   */
  // biome-ignore lint/suspicious/noExplicitAny: pg declares one signature for each way to call it
  override query(query: any, ...rest: any[]): any {
    const asked = query?.text === 'BEGIN' ? { ...query, text: this.#begin() } : query;
    if (typeof query?.submit === 'function' || typeof rest.at(-1) === 'function') return super.query(asked, ...rest);
    return new Promise((resolve, reject) => {
      super.query(asked, rest[0], (error: unknown, result: unknown) => (error ? reject(error) : resolve(result)));
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
