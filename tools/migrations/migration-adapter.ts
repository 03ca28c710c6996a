import { PrismaPg } from '@prisma/adapter-pg';
import type { Pool } from 'pg';

/**
 * Prisma's adapter cuts a script at every semicolon, which breaks functions and DO blocks. Sent whole, a script is also
 * one transaction: a migration is applied altogether or not at all, and `markApplied` commits with it.
 */
export class MigrationAdapter extends PrismaPg {
  readonly #migrations: ReadonlySet<string>;
  readonly #opened: { dispose(): Promise<void> }[] = [];

  /** @param migrations the texts of the migrations, to tell them from the engine's own scripts */
  constructor(pool: Pool, migrations: readonly string[]) {
    super(pool);
    this.#migrations = new Set(migrations);
  }

  override async connect() {
    const adapter = await super.connect();
    this.#opened.push(adapter);
    adapter.executeScript = async (script) => {
      await adapter.underlyingDriver().query(this.#migrations.has(script) ? `${script}\n;${markApplied}` : script);
    };
    return adapter;
  }

  /** The engine leaves its connections open: they would keep a script alive and a database from being copied. */
  async close(): Promise<void> {
    for (const adapter of this.#opened.splice(0)) await adapter.dispose();
  }
}

/** The engine has inserted the row of the migration at hand; it is the only one without an end. */
const markApplied =
  'UPDATE public._prisma_migrations SET applied_steps_count = 1 WHERE finished_at IS NULL AND rolled_back_at IS NULL';
