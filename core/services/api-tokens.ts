import type { Dependencies } from '../dependencies.ts';
import type { Caller } from '../domain/caller.ts';
import { apiTokenScopesOfRole } from '../domain/scopes.ts';
import { notFound, PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { ApiToken } from '../store/generated/client.ts';
import { bearerHash, newBearerSecret } from '../vault/bearer-secret.ts';
import { fingerprint } from '../vault/fingerprint.ts';
import { readMemberships } from './memberships.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';

/** The last use is written at most this often. */
const USED_EVERY_MS = 60_000;

export interface ApiTokenJson {
  id: string;
  name: string;
  fingerprint: string;
  scopes: string[];
  maker: string;
  created_at: string;
  expires_at: string | null;
  last_used_at: string | null;
}

export function describeApiToken(row: ApiToken, maker: string): ApiTokenJson {
  return {
    id: row.id,
    name: row.name,
    fingerprint: row.fingerprint,
    scopes: row.scopes,
    maker,
    created_at: row.createdAt.toISOString(),
    expires_at: row.expiresAt?.toISOString() ?? null,
    last_used_at: row.lastUsedAt?.toISOString() ?? null,
  };
}

/** The caller's own API tokens; an admin sees everybody's. Revoked and expired ones are not listed. */
function visibleTo(caller: Caller) {
  return {
    revokedAt: null,
    OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }],
    ...(caller.role !== 'admin' && { personId: caller.person.id }),
  };
}

export async function listApiTokens(
  transaction: OrganizationTransaction,
  caller: Caller,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<ApiTokenJson>> {
  const after = decodeCursor(cursor);
  const rows = await transaction.apiToken.findMany({
    where: { ...visibleTo(caller), ...(after !== undefined && { id: { lt: after.id } }) },
    orderBy: { id: 'desc' },
    take: limit + 1,
  });
  const makers = await transaction.person.findMany({
    where: { id: { in: rows.map(({ personId }) => personId) } },
    select: { id: true, email: true },
  });
  const emails = new Map(makers.map(({ id, email }) => [id, email]));
  return toPage(
    rows,
    limit,
    (row) => describeApiToken(row, emails.get(row.personId) ?? ''),
    ({ id }) => ({ sort: '', id }),
  );
}

/** One's own API token, or for an admin anybody's. */
export async function findApiToken(
  transaction: OrganizationTransaction,
  caller: Caller,
  id: string,
): Promise<ApiToken> {
  const row = await transaction.apiToken.findFirst({ where: { id, ...visibleTo(caller) } });
  if (row === null) throw notFound('API token', id);
  return row;
}

/** Ends an API token at once: each call looks it up. */
export async function revokeApiToken(transaction: OrganizationTransaction, id: string): Promise<void> {
  await transaction.apiToken.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: new Date() } });
}

export interface NewApiToken {
  name: string;
  scopes: string[];
  expiresAt: Date | null;
}

/**
 * Makes an API token, never broader than its maker.
 * @returns its value too, which is stored as a hash only
 * @throws PublicError `forbidden`
 */
export async function createApiToken(
  transaction: OrganizationTransaction,
  caller: Caller,
  { name, scopes, expiresAt }: NewApiToken,
): Promise<{ apiToken: ApiTokenJson; value: string }> {
  const allowed: string[] = apiTokenScopesOfRole(caller.role);
  const broader = scopes.filter((scope) => !allowed.includes(scope));
  if (broader.length > 0) {
    throw new PublicError(
      'forbidden',
      `An API token cannot do more than its maker. Leave out: ${broader.join(', ')}.`,
      {
        issues: [{ path: 'scopes', message: `you cannot give ${broader.join(', ')}` }],
      },
    );
  }
  const value = newBearerSecret('agt_');
  const row = await transaction.apiToken.create({
    data: {
      organizationId: transaction.organizationId,
      personId: caller.person.id,
      name,
      hash: bearerHash(value),
      fingerprint: fingerprint(value),
      scopes: [...new Set(scopes)],
      expiresAt,
    },
  });
  return { apiToken: describeApiToken(row, caller.person.email), value };
}

/**
 * Who calls with this API token; null for anything that is no good: unknown, revoked, expired, or its maker is no
 * member any more. Invariant 6: the role is the maker's as of now.
 */
export async function findApiTokenCaller(
  { database }: Pick<Dependencies, 'database'>,
  presented: string,
  requestId: string,
): Promise<Extract<Caller, { kind: 'api_token' }> | null> {
  if (!presented.startsWith('agt_')) return null;
  const [place] = await database.inInstance(
    (transaction) => transaction.$queryRaw<{ id: string; organization_id: string }[]>`
      SELECT id, organization_id FROM organization_of_api_token(${bearerHash(presented)})`,
  );
  if (place === undefined) return null;
  return database.inOrganization(place.organization_id, async (transaction) => {
    const row = await transaction.apiToken.findFirst({ where: { id: place.id, revokedAt: null } });
    if (row === null || (row.expiresAt !== null && row.expiresAt <= new Date())) return null;
    const memberships = await readMemberships(transaction, row.personId);
    const membership = memberships.find(({ organizationId }) => organizationId === row.organizationId);
    const person = await transaction.person.findUnique({
      where: { id: row.personId },
      select: { id: true, email: true, name: true },
    });
    if (membership === undefined || person === null) return null;
    if (row.lastUsedAt === null || Date.now() - row.lastUsedAt.getTime() > USED_EVERY_MS) {
      await transaction.apiToken.updateMany({ where: { id: row.id }, data: { lastUsedAt: new Date() } });
    }
    return {
      kind: 'api_token',
      tokenId: row.id,
      tokenName: row.name,
      scopes: new Set(row.scopes),
      person,
      ...membership,
      requestId,
    };
  });
}
