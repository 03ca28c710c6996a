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
  // biome-ignore lint/suspicious/noExplicitAny: pg declares one signature for each way to call it
  override query(query: any, ...rest: any[]): any {
    return super.query(query?.text === 'BEGIN' ? { ...query, text: this.#begin() } : query, ...rest);
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
