import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { Config } from '../../core/config.ts';
import { bearerHash, newBearerSecret } from '../../core/vault/bearer-secret.ts';
import { openVault } from '../../core/vault/open-vault.ts';
import { credentialAssociation } from '../../core/vault/vault.ts';
import type { PostgresFacts } from '../../tests/servers/postgres-server.ts';
import { UPSTREAM_SECRET } from '../peers/peer.ts';

/** Counted at every call and never reached. */
const HIGH_LIMIT = 1_000_000_000;

/** A Postgres with one organization that has a plan, one agent with everything on, and its key. */
export class BenchDatabase {
  readonly urls: PostgresFacts;
  readonly organizationId = randomUUID();
  readonly agentKey = newBearerSecret('agk_');
  readonly #sql: pg.Client;

  private constructor(urls: PostgresFacts, sql: pg.Client) {
    this.urls = urls;
    this.#sql = sql;
  }

  static async open(urls: PostgresFacts): Promise<BenchDatabase> {
    const sql = new pg.Client({ connectionString: urls.superuser });
    await sql.connect();
    return new BenchDatabase(urls, sql);
  }

  async seed(config: Config, upstreamUrl: string): Promise<void> {
    const { organizationId } = this;
    const [agentId, credentialId, versionId] = [randomUUID(), randomUUID(), randomUUID()];
    await this.#sql.query(`INSERT INTO organization (id, name) VALUES ($1, 'Bench')`, [organizationId]);
    await this.#sql.query('INSERT INTO plan (organization_id, requests_per_month) VALUES ($1, $2)', [
      organizationId,
      HIGH_LIMIT,
    ]);
    await this.#sql.query(
      `INSERT INTO agent (id, organization_id, name, upstream_url, rate_limit_rpm, rate_limit_burst) VALUES ($1, $2, 'bench', $3, $4, $4)`,
      [agentId, organizationId, upstreamUrl, HIGH_LIMIT],
    );
    await this.#sql.query(
      `INSERT INTO agent_key (id, organization_id, agent_id, name, hash, fingerprint, created_by) VALUES ($1, $2, $3, 'bench', $4, '…', $2)`,
      [randomUUID(), organizationId, agentId, bearerHash(this.agentKey)],
    );
    await this.#sql.query(
      `INSERT INTO credential (id, organization_id, name, status, allowed_hosts, created_by) VALUES ($1, $2, 'bench', 'active', $3, $2)`,
      [credentialId, organizationId, [upstreamUrl]],
    );
    const vault = await openVault(config, this.urls.app);
    const association = credentialAssociation(organizationId, credentialId, versionId);
    const { sealed, wrappedKey, wrapKeyId } = await vault.seal(Buffer.from(UPSTREAM_SECRET), association);
    await vault.close();
    await this.#sql.query(
      `INSERT INTO credential_version (id, organization_id, credential_id, state, fingerprint, sealed, wrapped_key, wrap_key_id, created_by)
       VALUES ($1, $2, $3, 'current', '…', $4, $5, $6, $2)`,
      [versionId, organizationId, credentialId, sealed, wrappedKey, wrapKeyId],
    );
    await this.#sql.query(
      `INSERT INTO credential_link (organization_id, agent_id, credential_id, injection) VALUES ($1, $2, $3, '{"kind": "bearer"}')`,
      [organizationId, agentId, credentialId],
    );
  }

  /** More agents, and so many agent keys for each of them; none of them is called. */
  async addAgents(count: number, keysEach: number, upstreamUrl: string): Promise<void> {
    await this.#sql.query(
      `WITH made AS (
         INSERT INTO agent (id, organization_id, name, upstream_url, rate_limit_rpm)
         SELECT gen_random_uuid(), $1, 'agent-' || gen_random_uuid(), $2, 300 FROM generate_series(1, $3) RETURNING id)
       INSERT INTO agent_key (id, organization_id, agent_id, name, hash, fingerprint, created_by)
       SELECT gen_random_uuid(), $1, made.id, 'bench', sha256(gen_random_uuid()::text::bytea), '…', $1
       FROM made, generate_series(1, $4)`,
      [this.organizationId, upstreamUrl, count, keysEach],
    );
  }

  /** Calls in the request log, and calls counted in the plan's month. */
  async counted(): Promise<{ logged: number; counted: number }> {
    const { rows } = await this.#sql.query(
      `SELECT (SELECT count(*) FROM request_log)::float8 AS logged, (SELECT coalesce(sum(requests), 0) FROM plan_use)::float8 AS counted`,
    );
    return rows[0];
  }

  /** Starts the next measurement with an empty log. */
  async forgetCalls(): Promise<void> {
    await this.#sql.query('TRUNCATE request_log, traffic_minute');
  }

  async close(): Promise<void> {
    await this.#sql.end();
  }
}
