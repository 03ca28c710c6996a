import { openPool } from './pool.ts';
import { inTransaction } from './pool-transaction.ts';

/** A key of an organization (or of the installation: `owner` is null) as it is stored. */
export interface OrganizationKeyRow {
  id: string;
  owner: string | null;
  wrappedKey: Uint8Array;
  wrapKeyId: string;
}

export interface OrganizationKeyStore {
  find(id: string, owner: string | null): Promise<OrganizationKeyRow | null>;
  /** The newest one that this master key wrapped. */
  newest(owner: string | null, wrapKeyId: string): Promise<OrganizationKeyRow | null>;
  /** Keeps the row as the owner's newest, unless another process was first: then that one's row is given. */
  addUnlessThere(row: OrganizationKeyRow): Promise<OrganizationKeyRow>;
  close(): Promise<void>;
}

const COLUMNS = 'id, organization_id AS owner, wrapped_key AS "wrappedKey", wrap_key_id AS "wrapKeyId"';
const FIND = `SELECT ${COLUMNS} FROM organization_key WHERE id = $1 AND organization_id IS NOT DISTINCT FROM $2::uuid`;
const NEWEST = `
  SELECT ${COLUMNS} FROM organization_key
  WHERE organization_id IS NOT DISTINCT FROM $1::uuid AND wrap_key_id = $2 ORDER BY version DESC LIMIT 1`;
const ADD = `
  INSERT INTO organization_key (id, organization_id, version, wrapped_key, wrap_key_id)
  SELECT $1, $2::uuid, coalesce(max(version), 0) + 1, $3, $4 FROM organization_key
  WHERE organization_id IS NOT DISTINCT FROM $2::uuid`;
const LOCK = `SELECT pg_advisory_xact_lock(hashtext('organization_key'), hashtext(coalesce($1, 'installation')))`;

type Query = (text: string, values: unknown[]) => Promise<OrganizationKeyRow | null>;

/**
 * Reads and adds organizations' keys on connections of its own, since they are asked for inside other transactions too.
 * Connects when first used: an installation without a remote master key never does.
 * @param databaseUrl of the app's role; the relay's may read only
 */
export function openOrganizationKeyStore(databaseUrl: string): OrganizationKeyStore {
  const pool = openPool({
    connectionString: databaseUrl,
    max: 2,
    application_name: 'agentgateway-keys',
    connectionTimeoutMillis: 4_000,
    query_timeout: 4_000,
    idleTimeoutMillis: 1_000,
  });

  /** Invariant 7: the rows of one owner. */
  function inOwner<T>(owner: string | null, work: (query: Query) => Promise<T>): Promise<T> {
    return inTransaction(pool, async (client) => {
      await client.query(`SELECT set_config('app.organization_id', $1, true)`, [owner ?? '']);
      return work(async (text, values) => (await client.query<OrganizationKeyRow>(text, values)).rows[0] ?? null);
    });
  }

  return {
    find: (id, owner) => inOwner(owner, (query) => query(FIND, [id, owner])),
    newest: (owner, wrapKeyId) => inOwner(owner, (query) => query(NEWEST, [owner, wrapKeyId])),
    addUnlessThere: (row) =>
      inOwner(row.owner, async (query) => {
        await query(LOCK, [row.owner]);
        const winner = await query(NEWEST, [row.owner, row.wrapKeyId]);
        if (winner !== null) return winner;
        await query(ADD, [row.id, row.owner, row.wrappedKey, row.wrapKeyId]);
        return row;
      }),
    close: () => pool.end(),
  };
}
