import { type Client, escapeIdentifier, escapeLiteral } from 'pg';
import { ensureDatabasePasswords, readDatabasePasswords } from '../postgres/database-passwords.ts';
import { scramVerifier } from '../postgres/scram-verifier.ts';

/** The login roles of the processes, each with the setting that may carry its URL. */
export const loginRoles = {
  app: { role: 'agentgateway_app', setting: 'DATABASE_URL_APP' },
  relay: { role: 'agentgateway_relay', setting: 'DATABASE_URL_RELAY' },
  logWriter: { role: 'agentgateway_log_writer', setting: 'DATABASE_URL_LOG_WRITER' },
  jobs: { role: 'agentgateway_jobs', setting: 'DATABASE_URL_JOBS' },
} as const;

export type LoginRole = keyof typeof loginRoles;
export type RoleUrls = Record<LoginRole, string>;

/** Owns the one-row look-up functions; nobody logs in as it. */
const lookupRole = 'agentgateway_lookup';
interface RoleSetup {
  /** Logged in as the owner: a role that may create roles. */
  client: Client;
  /** The owner's URL; the processes' differ in user and password. */
  databaseUrl: string;
  dataDir: string;
  /** URLs from the settings; a role without one gets a random password in `<data dir>/database.json`. */
  given: Partial<RoleUrls>;
}

function urlAs(databaseUrl: string, role: string, password: string): string {
  const url = new URL(databaseUrl);
  url.username = role;
  url.password = encodeURIComponent(password);
  return url.href;
}

/** Invariant 7: no role of the product is above row-level security. Gives the names of all roles that exist. */
async function existingRoles(client: Client): Promise<Set<string>> {
  const { rows } = await client.query<{ rolname: string; above: boolean }>(
    'SELECT rolname, rolsuper OR rolbypassrls AS above FROM pg_roles',
  );
  const ours = [lookupRole, ...Object.values(loginRoles).map(({ role }) => role)];
  const above = rows.find((row) => row.above && ours.includes(row.rolname));
  if (above) throw new Error(`The role ${above.rolname} is a superuser or has BYPASSRLS: take that right away first.`);
  return new Set(rows.map((row) => row.rolname));
}

async function requireModernServer(client: Client): Promise<void> {
  const { rows } = await client.query<{ number: number }>(
    "SELECT current_setting('server_version_num')::int AS number",
  );
  const number = rows[0]?.number ?? 0;
  if (number < 160_000) throw new Error('This Postgres is too old: version 16 or newer is needed.');
}

/** A role named by a setting is made with the password of its URL when it is missing, and otherwise left as it is. */
async function ensureGivenRole(client: Client, known: Set<string>, key: LoginRole, url: string): Promise<void> {
  const { role, setting } = loginRoles[key];
  const { username, password } = new URL(url);
  if (username !== role) throw new Error(`${setting} must log in as ${role}: the grants of the migrations name it.`);
  if (known.has(role)) return;
  if (password === '') throw new Error(`${setting} has no password, and the role ${role} does not exist yet: add one.`);
  const verifier = escapeLiteral(scramVerifier(decodeURIComponent(password)));
  await client.query(`CREATE ROLE ${escapeIdentifier(role)} LOGIN PASSWORD ${verifier}`);
}

/** A role of ours follows the data folder's password; one made by somebody else is not taken over. */
async function ensureOwnRole(client: Client, known: Set<string>, key: LoginRole, dataDir: string): Promise<string> {
  const { role, setting } = loginRoles[key];
  if (known.has(role) && (await readDatabasePasswords(dataDir))[role] === undefined) {
    throw new Error(
      `The role ${role} exists, but ${dataDir} does not hold its password: another installation made it. ` +
        `Set ${setting}, or name that installation's folder in AGENTGATEWAY_DATA_DIR.`,
    );
  }
  const password = (await ensureDatabasePasswords(dataDir, [role]))[role] ?? '';
  const verb = known.has(role) ? 'ALTER' : 'CREATE';
  await client.query(`${verb} ROLE ${escapeIdentifier(role)} LOGIN PASSWORD ${escapeLiteral(scramVerifier(password))}`);
  return password;
}

/**
 * The owner may hand functions to the look-up role (SET), but does not inherit its policies: the owner still sees no
 * row of any organization.
 */
async function ensureLookupRole(client: Client, known: Set<string>): Promise<void> {
  const role = escapeIdentifier(lookupRole);
  if (!known.has(lookupRole)) await client.query(`CREATE ROLE ${role} NOLOGIN`);
  await client.query(`GRANT ${role} TO CURRENT_USER WITH SET TRUE, INHERIT FALSE`);
}

/**
 * Makes the roles that the migrations grant to, and gives each process' URL. Running it again changes nothing.
 * @throws Error that names the setting to change
 */
export async function ensureRoles({ client, databaseUrl, dataDir, given }: RoleSetup): Promise<RoleUrls> {
  await requireModernServer(client);
  const known = await existingRoles(client);
  const urls: Partial<RoleUrls> = {};
  for (const key of Object.keys(loginRoles) as LoginRole[]) {
    const url = given[key];
    if (url !== undefined) await ensureGivenRole(client, known, key, url);
    urls[key] = url ?? urlAs(databaseUrl, loginRoles[key].role, await ensureOwnRole(client, known, key, dataDir));
  }
  await ensureLookupRole(client, known);
  return urls as RoleUrls;
}
