import { v7 as uuid } from 'uuid';
import type { Dependencies } from '../dependencies.ts';
import type { Actor, Caller, CallingPerson } from '../domain/caller.ts';
import { type GrantedScopes, scopesNow } from '../domain/grant-scopes.ts';
import type { Role } from '../domain/roles.ts';
import { type ApiScope, scopesAllow } from '../domain/scopes.ts';
import { PublicError } from '../errors.ts';
import type { Database, OrganizationTransaction } from '../store/database.ts';
import { type OauthGrant, Prisma } from '../store/generated/client.ts';
import { bearerHash } from '../vault/bearer-secret.ts';
import { recordAuditEvent } from './audit.ts';

type AppCaller = Extract<Caller, { kind: 'app' }>;

/** A grant that stands, with what it rests on as of now. */
export interface LiveGrant extends GrantedScopes {
  id: string;
  clientId: string;
  clientName: string;
  createdAt: Date;
  lastUsedAt: Date | null;
  role: Role;
  organizationId: string;
  organizationName: string;
  person: CallingPerson;
}

const LIVE_GRANT = Prisma.sql`g.id, g.client_id AS "clientId", g.client_name AS "clientName", g.scopes,
  g.writes_until AS "writesUntil", g.created_at AS "createdAt", g.last_used_at AS "lastUsedAt", g.role,
  g.organization_id AS "organizationId", g.organization_name AS "organizationName", g.person`;

export interface Consent {
  person: CallingPerson;
  organizationId: string;
  client: { id: string; name: string };
  scopes: ApiScope[];
  /** null: until it is revoked. */
  writesUntil: Date | null;
  requestId: string;
}

/**
 * Makes the grant of one consent, bound to (person, organization, client). A consent never reuses a grant: a second
 * laptop has its own, and ending one leaves the other.
 * @returns the grant's ID
 */
export async function createGrant({ database }: Pick<Dependencies, 'database'>, consent: Consent): Promise<string> {
  const { person, organizationId, client, scopes, writesUntil, requestId } = consent;
  const id = uuid();
  await database.inOrganization(organizationId, async (transaction) => {
    await transaction.oauthGrant.create({
      data: {
        id,
        organizationId,
        personId: person.id,
        clientId: client.id,
        clientName: client.name,
        scopes,
        writesUntil,
      },
    });
    await recordAuditEvent(transaction, {
      actor: { kind: 'person', id: person.id, name: person.email, app: null, grantId: null },
      action: 'grant_access',
      status: 201,
      outcome: 'succeeded',
      target: { kind: 'connected_app', id, name: client.name },
      arguments: { client_id: client.id, scopes, writes_until: writesUntil?.toISOString() ?? null },
      requestId,
    });
  });
  return id;
}

export async function organizationOfGrant(
  { database }: Pick<Dependencies, 'database'>,
  id: string,
): Promise<string | null> {
  const [row] = await database.lookUp<{ organization_id: string }>(
    Prisma.sql`SELECT organization_id FROM organization_of_oauth_grant(${id})`,
  );
  return row?.organization_id ?? null;
}

/** @returns a grant that is neither revoked nor expired, of a person who is still a member */
export async function findGrant({ database }: Pick<Dependencies, 'database'>, id: string): Promise<LiveGrant | null> {
  const [grant] = await database.lookUp<LiveGrant>(Prisma.sql`SELECT ${LIVE_GRANT} FROM live_grant(${id}) g`);
  return grant ?? null;
}

/** A refresh token was presented that was used up: by who lost an answer, or by a thief. A person may judge. */
export async function auditReusedRefreshToken(
  { database }: Pick<Dependencies, 'database'>,
  grantId: string,
  requestId: string,
): Promise<void> {
  const organizationId = await organizationOfGrant({ database }, grantId);
  if (organizationId === null) return;
  await database.inOrganization(organizationId, async (transaction) => {
    const grant = await transaction.oauthGrant.findUnique({ where: { id: grantId } });
    if (grant === null) return;
    await recordAuditEvent(transaction, {
      actor: await actorOfGrant(transaction, grant),
      action: 'refresh_token_reuse',
      status: 400,
      outcome: 'refused',
      target: { kind: 'connected_app', id: grantId, name: grant.clientName },
      requestId,
    });
  });
}

/** An app that does something by itself, on the record of the person that it acts for. */
export async function actorOfGrant(transaction: OrganizationTransaction, grant: OauthGrant): Promise<Actor> {
  const { id, personId, clientName } = grant;
  const person = await transaction.person.findUnique({ where: { id: personId } });
  return { kind: 'app', id: personId, name: person?.email ?? personId, app: clientName, grantId: id };
}

interface PresentedGrant extends LiveGrant {
  /** Of the access token. */
  scope: string | null;
}

/**
 * Who presents an OAuth access token. Invariant 6: token, grant and membership are read at each call, so the role is
 * the person's role of now, and a revoked grant is refused at once. The scopes are what grant and token both have.
 * @returns null when the token is unknown, expired, for another audience, or its grant or membership has ended
 */
export async function findAppCaller(
  { database, config }: Pick<Dependencies, 'database' | 'config'>,
  accessToken: string,
  requestId: string,
): Promise<AppCaller | null> {
  const [grant] = await database.lookUp<PresentedGrant>(Prisma.sql`
    SELECT ${LIVE_GRANT}, a.payload->>'scope' AS scope
    FROM oauth_artifact a CROSS JOIN LATERAL live_grant(a.grant_id) g
    WHERE a.model = 'AccessToken' AND a.id_hash = ${bearerHash(accessToken)} AND a.expires_at > now()
      AND a.payload->>'aud' = ${config.mcpUrl}`);
  if (grant === undefined) return null;
  await noteUse(database, grant);
  const ofToken = new Set(grant.scope?.split(' '));
  return {
    kind: 'app',
    person: grant.person,
    organizationId: grant.organizationId,
    organizationName: grant.organizationName,
    role: grant.role,
    requestId,
    grantId: grant.id,
    clientId: grant.clientId,
    clientName: grant.clientName,
    scopes: new Set(scopesNow(grant).filter((scope) => ofToken.has(scope))),
  };
}

/**
 * The caller as of now. A call may be prepared for long, or wait for its person's answer: what was taken away meanwhile
 * (the grant, the time to write, a scope, the role) is taken from it too. It takes no lock that a revocation waits for:
 * an app must not be able to hold up its own end. It takes one all the same, so that its transaction is seen to be open.
 * @throws PublicError `unauthenticated` where the grant or the membership has ended
 */
export async function appCallerNow(transaction: OrganizationTransaction, caller: AppCaller): Promise<AppCaller> {
  const [grant] = await transaction.$queryRaw<(GrantedScopes & { role: Role })[]>`
    SELECT g.scopes, g.writes_until AS "writesUntil", m.role
    FROM oauth_grant g JOIN membership m ON m.organization_id = g.organization_id AND m.person_id = g.person_id
    WHERE g.id = ${caller.grantId} AND g.revoked_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > now())
    FOR KEY SHARE OF g`;
  if (grant === undefined) {
    throw new PublicError('unauthenticated', "This app's access has ended. Connect it again.");
  }
  const scopes = scopesNow(grant).filter((scope) => scopesAllow(caller.scopes, scope));
  return { ...caller, role: grant.role, scopes: new Set(scopes) };
}

/** At most once a minute: a busy app must not make one row hot. */
async function noteUse(database: Database, { id, organizationId, lastUsedAt }: LiveGrant): Promise<void> {
  if (lastUsedAt !== null && Date.now() - lastUsedAt.getTime() < 60_000) return;
  await database.inOrganization(organizationId, (transaction) =>
    transaction.oauthGrant.updateMany({ where: { id, revokedAt: null }, data: { lastUsedAt: new Date() } }),
  );
}
