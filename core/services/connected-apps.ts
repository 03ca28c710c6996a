import type { Caller, CallingPerson } from '../domain/caller.ts';
import { scopesNow } from '../domain/grant-scopes.ts';
import { roleAtLeast } from '../domain/roles.ts';
import { API_SCOPES, type ApiScope, scopesAllow } from '../domain/scopes.ts';
import { notFound, PublicError } from '../errors.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { OauthGrant } from '../store/generated/client.ts';
import { figuresOfGrants, type GrantFigures } from './grant-figures.ts';
import { decodeCursor, type Page, toPage } from './pages.ts';

/** What one consent of a person for an app allows, and what came of it. Times are RFC 3339. */
export interface ConnectedGrantJson extends GrantFigures {
  id: string;
  scopes: string[];
  /** From then on it only reads; null: no end is set. */
  writes_until: string | null;
  created_at: string;
  last_used_at: string | null;
}

/** A client of a person: all its grants together. */
export interface ConnectedAppJson extends Omit<ConnectedGrantJson, 'writes_until'> {
  name: string;
  client_id: string;
  person: CallingPerson;
  grants: ConnectedGrantJson[];
}

/** The caller's own grants, for an admin everybody's; only those that stand. */
function visibleTo(caller: Caller) {
  return {
    revokedAt: null,
    OR: [{ expiresAt: null }, { expiresAt: { gt: new Date() } }],
    ...(!roleAtLeast(caller.role, 'admin') && { personId: caller.person.id }),
  };
}

/** The one that was connected last comes first. */
export async function listConnectedApps(
  transaction: OrganizationTransaction,
  caller: Caller,
  { limit, cursor }: { limit: number; cursor?: string | undefined },
): Promise<Page<Omit<ConnectedAppJson, 'grants'> & { grant_count: number }>> {
  const after = decodeCursor(cursor);
  const newest = await transaction.oauthGrant.groupBy({
    by: ['connectedAppId'],
    where: visibleTo(caller),
    _max: { id: true },
    ...(after !== undefined && { having: { id: { _max: { lt: after.id } } } }),
    orderBy: { _max: { id: 'desc' } },
    take: limit + 1,
  });
  const ids = newest.map(({ connectedAppId }) => connectedAppId);
  const grants = await transaction.oauthGrant.findMany({
    where: { ...visibleTo(caller), connectedAppId: { in: ids } },
    orderBy: { id: 'asc' },
  });
  const apps = await describeConnectedApps(transaction, grants);
  return toPage(
    apps.toSorted((one, other) => ids.indexOf(one.id) - ids.indexOf(other.id)),
    limit,
    ({ grants: own, ...app }) => ({ ...app, grant_count: own.length }),
    ({ grants: own }) => ({ sort: '', id: own.at(-1)?.id ?? '' }),
  );
}

/**
 * The standing grants of one's own app, or for an admin of anybody's; the oldest first.
 * @param grant only this one of them
 * @throws PublicError `not_found`
 */
export async function findGrantsOfApp(
  transaction: OrganizationTransaction,
  caller: Caller,
  { app, grant }: { app: string; grant?: string | undefined },
): Promise<[OauthGrant, ...OauthGrant[]]> {
  const [first, ...others] = await transaction.oauthGrant.findMany({
    where: { ...visibleTo(caller), connectedAppId: app, ...(grant !== undefined && { id: grant }) },
    orderBy: { id: 'asc' },
  });
  if (first === undefined) throw notFound('connected app', grant ?? app);
  return [first, ...others];
}

/**
 * Leaves grants only some of the scopes that they have.
 * @throws PublicError `refused_by_policy` for what none of them has: only a consent widens access
 */
export async function narrowGrants(
  transaction: OrganizationTransaction,
  grants: readonly OauthGrant[],
  scopes: readonly ApiScope[],
): Promise<void> {
  const wider = scopes.filter((scope) => !grants.some((grant) => scopesAllow(new Set(scopesNow(grant)), scope)));
  if (wider.length > 0) {
    throw new PublicError(
      'refused_by_policy',
      `It was never granted ${wider.join(', ')}. Only a new consent gives more: connect the app again.`,
    );
  }
  const kept = API_SCOPES.filter((scope) => scopesAllow(new Set(scopes), scope));
  const ids = grants.map(({ id }) => id);
  // In one statement, so that two narrowings at once leave what both leave.
  await transaction.$executeRaw`
    UPDATE oauth_grant SET scopes = ARRAY(SELECT held FROM unnest(scopes) held WHERE held = ANY(${kept}))
    WHERE id = ANY(${ids})`;
}

/** @param grants of one app, the oldest first */
export async function describeConnectedApp(
  transaction: OrganizationTransaction,
  grants: [OauthGrant, ...OauthGrant[]],
): Promise<ConnectedAppJson> {
  const [app] = await describeConnectedApps(transaction, grants);
  return app as ConnectedAppJson;
}

/** @param grants of any apps, the oldest first */
async function describeConnectedApps(
  transaction: OrganizationTransaction,
  grants: OauthGrant[],
): Promise<ConnectedAppJson[]> {
  const figuresOf = await figuresOfGrants(
    transaction,
    grants.map(({ id }) => id),
  );
  const people = await transaction.person.findMany({
    where: { id: { in: grants.map(({ personId }) => personId) } },
    select: { id: true, email: true, name: true },
  });
  return [...Map.groupBy(grants, ({ connectedAppId }) => connectedAppId)].map(([id, own]) => {
    const { clientId, clientName, personId } = own.at(-1) as OauthGrant;
    const described = own.map((grant) => ({ ...describeGrant(grant), ...figuresOf(grant.id) }));
    return {
      ...sumUp(described),
      id,
      name: clientName,
      client_id: clientId,
      person: people.find((person) => person.id === personId) ?? { id: personId, email: '', name: '' },
      grants: described,
    };
  });
}

function describeGrant(grant: OauthGrant) {
  const { id, writesUntil, createdAt, lastUsedAt } = grant;
  return {
    id,
    scopes: scopesNow(grant),
    writes_until: writesUntil?.toISOString() ?? null,
    created_at: createdAt.toISOString(),
    last_used_at: lastUsedAt?.toISOString() ?? null,
  };
}

/** What an app's grants come to together. */
function sumUp(grants: ConnectedGrantJson[]): Omit<ConnectedGrantJson, 'id' | 'writes_until'> {
  const total = (figure: 'calls_this_week' | 'operations_under_way') =>
    grants.reduce((sum, grant) => sum + grant[figure], 0);
  return {
    scopes: API_SCOPES.filter((scope) => grants.some(({ scopes }) => scopes.includes(scope))),
    created_at: grants[0]?.created_at ?? '',
    last_used_at:
      grants
        .flatMap(({ last_used_at: used }) => used ?? [])
        .toSorted()
        .at(-1) ?? null,
    calls_this_week: total('calls_this_week'),
    operations_under_way: total('operations_under_way'),
  };
}
