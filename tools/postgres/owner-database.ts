import { Client, escapeIdentifier, escapeLiteral } from 'pg';
import { scramVerifier } from './scram-verifier.ts';

export const ownerRole = 'agentgateway_owner';
export const databaseName = 'agentgateway';

/**
 * As superuser: makes the role that owns everything (it may log in and create roles, and is no superuser) and its
 * database. Running it again changes nothing but the owner's password, which becomes the one given.
 */
export async function ensureOwnerDatabase(superuserUrl: string, ownerPassword: string): Promise<void> {
  const client = new Client({ connectionString: superuserUrl });
  await client.connect();
  try {
    const role = escapeIdentifier(ownerRole);
    const existing = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [ownerRole]);
    const verb = existing.rowCount === 0 ? 'CREATE' : 'ALTER';
    const password = escapeLiteral(scramVerifier(ownerPassword));
    await client.query(
      `${verb} ROLE ${role} LOGIN CREATEROLE NOSUPERUSER NOCREATEDB NOBYPASSRLS NOREPLICATION PASSWORD ${password}`,
    );
    const database = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [databaseName]);
    if (database.rowCount === 0) await client.query(`CREATE DATABASE ${databaseName} OWNER ${role}`);
  } finally {
    await client.end();
  }
}
