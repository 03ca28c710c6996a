import { v7 as uuid } from 'uuid';
import type { Dependencies } from '../dependencies.ts';
import type { Caller, CallingPerson } from '../domain/caller.ts';
import type { Role } from '../domain/roles.ts';
import type { ApiScope } from '../domain/scopes.ts';
import type { OrganizationTransaction } from '../store/database.ts';
import type { OauthGrant } from '../store/generated/client.ts';
import { bearerHash } from '../vault/bearer-secret.ts';
import { type AuditEntry, recordAuditEvent } from './audit.ts';
import { dropArtifactsOfGrant } from './oauth-artifacts.ts';

/** A grant that stands, with what it rests on as of now. */
export interface LiveGrant {
  id: string;
  clientId: string;
  clientName: string;
  scopes: string[];
  createdAt: Date;
  lastUsedAt: Date | null;
  role: Role;
  organizationName: string;
  person: CallingPerson;
}

export interface Consent {
  person: CallingPerson;
  organizationId: string;
  client: { id: string; name: string };
  scopes: ApiScope[];
  requestId: string;
}

/**
 * Makes the grant of one consent, bound to (person, organization, client). A consent never reuses a grant: a second
 * laptop has its own, and ending one leaves the other.
 * @returns the grant's ID
 */
export async function createGrant({ database }: Pick<Dependencies, 'database'>, consent: Consent): Promise<string> {
  const { person, organizationId, client, scopes, requestId } = consent;
  const id = uuid();
  await database.inOrganization(organizationId, async (transaction) => {
    await transaction.oauthGrant.create({
      data: { id, organizationId, personId: person.id, clientId: client.id, clientName: client.name, scopes },
    });
    await recordAuditEvent(transaction, {
      actor: { kind: 'person', id: person.id, name: person.email, app: null, grantId: null },
      action: 'grant_access',
      status: 201,
      outcome: 'succeeded',
      target: { kind: 'connected_app', id, name: client.name },
      arguments: { client_id: client.id, scopes },
      requestId,
    });
  });
  return id;
}

async function organizationOfGrant({ database }: Pick<Dependencies, 'database'>, id: string): Promise<string | null> {
  const rows = await database.inInstance(
    (transaction) =>
      transaction.$queryRaw<
        { organization_id: string }[]
      >`SELECT organization_id FROM organization_of_oauth_grant(${id})`,
  );
  return rows[0]?.organization_id ?? null;
}

/** @returns a grant that is neither revoked nor expired, of a person who is still a member */
export async function findGrant(dependencies: Pick<Dependencies, 'database'>, id: string): Promise<LiveGrant | null> {
  const organizationId = await organizationOfGrant(dependencies, id);
  if (organizationId === null) return null;
  return dependencies.database.inOrganization(organizationId, (transaction) => liveGrant(transaction, id));
}

/** Grant, membership, person and organization at once: this is asked at every call of an app. */
async function liveGrant(transaction: OrganizationTransaction, id: string): Promise<LiveGrant | null> {
  const [row] = await transaction.$queryRaw<LiveGrant[]>`
    SELECT g.id, g.client_id AS "clientId", g.client_name AS "clientName", g.scopes, g.created_at AS "createdAt",
      g.last_used_at AS "lastUsedAt", m.role, o.name AS "organizationName",
      json_build_object('id', p.id, 'email', p.email, 'name', p.name) AS person
    FROM oauth_grant g
    JOIN membership m ON m.organization_id = g.organization_id AND m.person_id = g.person_id
    JOIN person p ON p.id = g.person_id
    JOIN organization o ON o.id = g.organization_id
    WHERE g.id = ${id} AND g.revoked_at IS NULL AND (g.expires_at IS NULL OR g.expires_at > now())`;
  return row ?? null;
}

/**
 * Ends a grant: from the commit on, every process refuses its next request, because each one reads the grant's row.
 * @returns the grant, or null when there was none to end
 */
export async function revokeGrantIn(transaction: OrganizationTransaction, id: string): Promise<OauthGrant | null> {
  const grant = await transaction.oauthGrant.findFirst({ where: { id, revokedAt: null } });
  if (grant === null) return null;
  await transaction.oauthGrant.update({ where: { id }, data: { revokedAt: new Date() } });
  await dropArtifactsOfGrant(transaction, id);
  return grant;
}

/** The client ended its own grant (RFC 7009), or presented a code or refresh token a second time. */
export async function revokeGrantOfClient({ database }: Pick<Dependencies, 'database'>, id: string, requestId: string) {
  const organizationId = await organizationOfGrant({ database }, id);
  if (organizationId === null) return;
  await database.inOrganization(organizationId, async (transaction) => {
    const grant = await revokeGrantIn(transaction, id);
    if (grant === null) return;
    const event = { action: 'revoke_connected_app', status: 200, outcome: 'succeeded', requestId } as const;
    await auditClient(transaction, grant, event);
  });
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
    const event = { action: 'refresh_token_reuse', status: 400, outcome: 'refused', requestId } as const;
    await auditClient(transaction, grant, event);
  });
}

/** What an app did by itself, on the record of the person that it acts for. */
async function auditClient(
  transaction: OrganizationTransaction,
  { id, personId, clientName }: OauthGrant,
  event: Pick<AuditEntry, 'action' | 'status' | 'outcome' | 'requestId'>,
): Promise<void> {
  const person = await transaction.person.findUnique({ where: { id: personId } });
  await recordAuditEvent(transaction, {
    ...event,
    actor: { kind: 'app', id: personId, name: person?.email ?? personId, app: clientName, grantId: id },
    target: { kind: 'connected_app', id, name: clientName },
  });
}

interface PresentedToken {
  organization_id: string;
  grant_id: string;
  scope: string | null;
  audience: string | null;
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
): Promise<Caller | null> {
  const [presented] = await database.inInstance(
    (transaction) => transaction.$queryRaw<PresentedToken[]>`
      SELECT g.organization_id, a.grant_id, a.payload->>'scope' AS scope, a.payload->>'aud' AS audience
      FROM oauth_artifact a CROSS JOIN LATERAL organization_of_oauth_grant(a.grant_id) g
      WHERE a.model = 'AccessToken' AND a.id_hash = ${bearerHash(accessToken)} AND a.expires_at > now()`,
  );
  if (presented === undefined || presented.audience !== config.mcpUrl) return null;
  const ofToken = new Set(presented.scope?.split(' '));
  return database.inOrganization(presented.organization_id, async (transaction) => {
    const grant = await liveGrant(transaction, presented.grant_id);
    if (grant === null) return null;
    await noteUse(transaction, grant);
    return {
      kind: 'app',
      person: grant.person,
      organizationId: presented.organization_id,
      organizationName: grant.organizationName,
      role: grant.role,
      requestId,
      grantId: grant.id,
      clientId: grant.clientId,
      clientName: grant.clientName,
      scopes: new Set(grant.scopes.filter((scope) => ofToken.has(scope))),
    };
  });
}

/** At most once a minute: a busy app must not make one row hot. */
async function noteUse(transaction: OrganizationTransaction, { id, lastUsedAt }: LiveGrant): Promise<void> {
  if (lastUsedAt !== null && Date.now() - lastUsedAt.getTime() < 60_000) return;
  await transaction.oauthGrant.update({ where: { id }, data: { lastUsedAt: new Date() } });
}
